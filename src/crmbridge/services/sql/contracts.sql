-- Every contract that existed at $cut, of the owners asked for, with who answers for it and whom that person reports to.
-- One that names an owner whom nobody knows is not taken for the deal's owner's.
SELECT k.id, coalesce(k.subject, k.id) AS subject, k.external_id, nullif(trim(k.number), '') AS number, nullif(trim(k.name), '') AS name,
  coalesce(k.account_id, d.account_id) AS account_id, k.deal_id, coalesce(nullif(trim(a.name), ''), a.external_id) AS account,
  d.name AS deal, coalesce(k.owner_id, CASE WHEN nullif(k.owner_ref, '') IS NULL THEN d.owner_id END) AS owner_id, coalesce(nullif(trim(u.name), ''), u.email) AS owner,
  CASE WHEN coalesce(m.active, true) THEN m.id END AS manager_id, k.status, k.amount_e4, k.amount_currency, k.start_date, k.end_date,
  k.steps, k.clauses, k.is_standard, coalesce(k.approved_by_id, nullif(k.approved_by_ref, '')) AS approved_by
FROM contracts k LEFT JOIN deals d ON d.id = k.deal_id LEFT JOIN accounts a ON a.id = coalesce(k.account_id, d.account_id)
LEFT JOIN users u ON u.id = coalesce(k.owner_id, CASE WHEN nullif(k.owner_ref, '') IS NULL THEN d.owner_id END) LEFT JOIN users m ON m.id = u.manager_id
WHERE coalesce(k.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (k.created_at IS NULL OR k.created_at <= $cut)
  AND ($owners IS NULL OR list_contains($owners, coalesce(k.owner_id, CASE WHEN nullif(k.owner_ref, '') IS NULL THEN d.owner_id END)))
ORDER BY coalesce(k.subject, k.id), k.id
