-- What is odd about the answer, counted.
SELECT 'APART' AS code, count(*) FILTER (is_apart AND NOT auto) AS n FROM svc_cadence_due
UNION ALL SELECT 'OWNERLESS', count(*) FILTER (owner_id IS NULL) FROM svc_cadence_due
UNION ALL SELECT 'UNDATED', count(*) FILTER (entered_at IS NULL) FROM svc_cadence_records
