-- The ids of the records in each state.
SELECT state, list(id ORDER BY id) FROM svc_pool
WHERE state IS NOT NULL AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, owner)) GROUP BY state ORDER BY state
