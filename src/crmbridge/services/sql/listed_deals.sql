-- What a list shows of some deals. A blank text is unknown; a reference that points nowhere is shown as it was written.
SELECT d.id, coalesce(d.external_id, d.id), nullif(trim(d.name), ''),
  coalesce(nullif(trim(a.name), ''), nullif(trim(d.account_ref), '')),
  coalesce(nullif(trim(u.name), ''), nullif(trim(d.owner_ref), '')),
  nullif(trim(d.reason), ''), d.amount_e4, coalesce(d.amount_currency, $currency)
FROM deals d
LEFT JOIN accounts a ON a.id = d.account_id
LEFT JOIN users u ON u.id = d.owner_id
WHERE list_contains($ids, d.id)
ORDER BY d.id
