-- The rows asked for in the order of the queue, with the names of what they are about.
WITH placed AS (
  SELECT *, row_number() OVER (ORDER BY class, p DESC, due_day NULLS LAST, key, kind, id, doer NULLS LAST) AS row_no FROM svc_queue
),
chosen AS (
  SELECT * FROM placed WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, doer)
  ORDER BY row_no LIMIT coalesce($most, 9223372036854775807)
)
SELECT c.*, coalesce(d.subject, l.subject, a.subject, k.subject, c.id) AS subject,
  coalesce(nullif(trim(d.name), ''), nullif(trim(l.full_name), ''), nullif(trim(l.company_name), ''), nullif(trim(a.name), ''),
    nullif(trim(k.full_name), ''), d.external_id, l.external_id, a.external_id, k.external_id, c.id) AS name,
  coalesce(nullif(trim(o.name), ''), nullif(trim(l.company_name), '')) AS account, coalesce(u.name, c.doer) AS owner_name,
  d.pipeline, d.stage
FROM chosen c
LEFT JOIN deals d ON c.kind = 'deal' AND d.id = c.id
LEFT JOIN leads l ON c.kind = 'lead' AND l.id = c.id
LEFT JOIN accounts a ON c.kind = 'account' AND a.id = c.id
LEFT JOIN contacts k ON c.kind = 'contact' AND k.id = c.id
LEFT JOIN accounts o ON o.id = coalesce(d.account_id, k.account_id)
LEFT JOIN users u ON u.id = c.doer
ORDER BY c.row_no
