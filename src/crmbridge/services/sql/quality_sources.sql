-- How many records of a kind each source gave, and which fields it ever filled.
SELECT r.connection, r.object, count(*) AS records{counted}
FROM {table} r
WHERE coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (r.created_at IS NULL OR r.created_at <= $cut)
GROUP BY r.connection, r.object
ORDER BY r.connection NULLS FIRST, r.object NULLS FIRST
