-- The connections that tell what customers did: some activity of theirs, or about a record of theirs, is about the kind.
SELECT DISTINCT coalesce(r.connection, '') FROM activities r
WHERE ({key}) IS NOT NULL AND coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged')
UNION
SELECT DISTINCT coalesce(s.connection, '') FROM {scored} s JOIN svc_engaged e ON e.no = s.no
ORDER BY 1
