-- What a list shows of some deals. A blank text is unknown; a reference that points nowhere is shown as it was written.
SELECT d.id, coalesce(d.external_id, d.id), nullif(trim(d.name), ''),
  coalesce(nullif(trim(a.name), ''), nullif(trim(d.account_ref), '')),
  coalesce(nullif(trim(u.name), ''), nullif(trim(d.owner_ref), '')),
  nullif(trim(d.reason), ''), d.amount_e4, coalesce(d.amount_currency, $currency)
FROM (  -- those rows alone are read, not a column of ten for all
  FROM deals WHERE rowid IN (SELECT rowid FROM deals WHERE id IN (SELECT unnest($ids::VARCHAR[])))
) d
LEFT JOIN accounts a ON a.id = d.account_id
LEFT JOIN users u ON u.id = d.owner_id
ORDER BY d.id
