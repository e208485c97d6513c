-- How many records of a kind each source gave that are scored, and which fields it ever filled.
SELECT r.connection, r.object, count(*) AS records{counted}
FROM {table} r {joins}
WHERE {live}
GROUP BY r.connection, r.object
ORDER BY r.connection NULLS FIRST, r.object NULLS FIRST
