-- svc_keys: everything by which a record can be recognised, and how sure that is.
CREATE OR REPLACE TEMP TABLE svc_keys AS
SELECT c.kind, c.record_id, 'certain' AS certainty, 'phone' AS what, p.key
FROM svc_cells c JOIN svc_phone_numbers p ON p.text = c.text
WHERE c.what = 'phone' AND p.key IS NOT NULL
UNION ALL
SELECT kind, record_id, 'certain', 'email', lower(text) FROM svc_cells WHERE what = 'email' AND contains(text, '@')
UNION ALL
SELECT 'account', a.id, 'certain', 'registration_no', n.key
FROM accounts a JOIN svc_names n ON n.text = a.registration_no
WHERE n.key IS NOT NULL AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND (a.created_at IS NULL OR a.created_at <= $cut)
UNION ALL
SELECT kind, record_id, 'probable', 'name_' || what, name || '|' || place FROM svc_named WHERE place IS NOT NULL
UNION ALL
SELECT n.kind, n.record_id, 'probable', 'name_domain', n.name || '|' || d.domain
FROM svc_named n JOIN svc_domains d ON d.kind = n.kind AND d.record_id = n.record_id
UNION ALL
SELECT kind, record_id, 'possible', 'name', name FROM svc_named
