-- Grouped records, the one to keep first: the most complete, then the oldest, then by subject.
SELECT r.id, coalesce(r.subject, r.id) AS subject
FROM {table} r
WHERE r.id IN (SELECT unnest($ids))
ORDER BY {complete} DESC, r.created_at NULLS LAST, coalesce(r.subject, r.id), r.id
