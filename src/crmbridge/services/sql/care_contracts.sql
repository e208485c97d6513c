-- svc_contracts: the contracts that may be renewed, as known at $cut, with whether each was: by its own word, by a contract
-- that renews it, or of itself. `is_told`: its source tells of renewals at all.
CREATE OR REPLACE TEMP TABLE svc_contracts AS
WITH known AS (
  SELECT * FROM contracts
  WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(signed_at, created_at, $cut) <= $cut
    AND coalesce(status, 'signed') NOT IN ('draft', 'in_review', 'cancelled')
),
followed AS (
  SELECT DISTINCT k.id FROM known k JOIN known f ON f.id <> k.id AND f.connection IS NOT DISTINCT FROM k.connection
    AND trim(f.renews) IN (k.id, k.external_id, k.subject, trim(k.number))
)
SELECT k.id, coalesce(k.subject, k.id) AS subject, coalesce(nullif(trim(k.number), ''), nullif(trim(k.name), ''), k.external_id, k.id) AS label,
  coalesce(k.account_id, d.account_id) AS account_id, coalesce(nullif(trim(a.name), ''), a.external_id) AS customer, k.deal_id,
  coalesce(k.owner_id, d.owner_id, a.owner_id) AS owner_id, k.amount_e4, coalesce(k.amount_currency, $currency) AS currency, k.end_date,
  coalesce(k.renewed, false) OR f.id IS NOT NULL
    OR coalesce(k.renewal_type = 'automatic' AND k.status IS DISTINCT FROM 'ended' AND k.end_date <= $today, false) AS is_renewed,
  k.renewal_type = 'automatic' OR bool_or(k.renewed IS NOT NULL OR nullif(trim(k.renews), '') IS NOT NULL) OVER (PARTITION BY k.connection)
    AS is_told
FROM known k LEFT JOIN followed f ON f.id = k.id LEFT JOIN deals d ON d.id = k.deal_id
LEFT JOIN accounts a ON a.id = coalesce(k.account_id, d.account_id)
WHERE k.end_date IS NOT NULL AND coalesce(k.renewal_type, 'manual') <> 'none'
