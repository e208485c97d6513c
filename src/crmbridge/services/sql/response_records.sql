-- The ids of the leads behind the figures of the period, by status.
SELECT status, list(id ORDER BY id) FROM svc_response
WHERE (start_day IS NULL OR (start_day >= $first AND start_day < $after)) AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, owner)) GROUP BY status ORDER BY status
