-- svc_named: the normalised name of each live record, and the place that makes an equal name probable: an account's
-- city, a person's company.
CREATE OR REPLACE TEMP TABLE svc_named AS
WITH named AS (
  SELECT 'account' AS kind, a.id, c.key AS name, 'city' AS what, n.key AS place, a.lifecycle, a.created_at
  FROM accounts a LEFT JOIN svc_companies c ON c.text = a.name LEFT JOIN svc_names n ON n.text = a.city
  UNION ALL
  SELECT 'contact', p.id, n.key, 'company', coalesce(c.key, p.account_id, nullif(p.account_ref, '')), p.lifecycle, p.created_at
  FROM contacts p
  LEFT JOIN svc_names n ON n.text = p.full_name
  LEFT JOIN accounts a ON a.id = p.account_id
  LEFT JOIN svc_companies c ON c.text = a.name
  UNION ALL
  SELECT 'lead', l.id, coalesce(n.key, c.key), 'company', CASE WHEN n.key IS NOT NULL THEN c.key END, l.lifecycle, l.created_at
  FROM leads l LEFT JOIN svc_names n ON n.text = l.full_name LEFT JOIN svc_companies c ON c.text = l.company_name
)
SELECT kind, id AS record_id, name, what, place
FROM named
WHERE name IS NOT NULL AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND (created_at IS NULL OR created_at <= $cut)
