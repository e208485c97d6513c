-- The keys of one certainty that several records share, with those records.
SELECT kind, what, key, list(DISTINCT record_id ORDER BY record_id) AS records
FROM svc_keys
WHERE certainty = $certainty
GROUP BY kind, what, key
HAVING count(DISTINCT record_id) > 1
ORDER BY kind, what, key
