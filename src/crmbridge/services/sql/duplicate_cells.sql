-- svc_cells: every telephone and e-mail address of accounts, contacts and leads, as it was typed.
CREATE OR REPLACE TEMP TABLE svc_cells AS
WITH lists AS (
  SELECT 'account' AS kind, id, phones, emails, lifecycle, created_at FROM accounts
  UNION ALL SELECT 'contact', id, phones, emails, lifecycle, created_at FROM contacts
  UNION ALL SELECT 'lead', id, phones, emails, lifecycle, created_at FROM leads
),
live AS (
  FROM lists
  WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (created_at IS NULL OR created_at <= $cut)
)
SELECT DISTINCT kind, id AS record_id, what, trim(text) AS text
FROM (
  SELECT kind, id, 'phone' AS what, unnest(json_extract_string(phones, '$[*]')) AS text FROM live WHERE json_valid(phones)
  UNION ALL
  SELECT kind, id, 'email', unnest(json_extract_string(emails, '$[*]')) FROM live WHERE json_valid(emails)
)
WHERE trim(text) <> ''
