-- The ids of the records of each class, sorted.
SELECT class, list(DISTINCT id ORDER BY id) FROM svc_queue
WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, doer) GROUP BY class ORDER BY class
