-- The complaints that were open at $cut, the oldest first: whose, of which customer, since when, about what.
SELECT t.id, coalesce(nullif(trim(a.name), ''), t.account_ref), u.name,
  CAST(timezone($zone, timezone('UTC', coalesce(t.opened_at, t.created_at))) AS DATE), coalesce(t.owner_id, a.owner_id),
  nullif(trim(t.name), '')
FROM tickets t LEFT JOIN accounts a ON a.id = t.account_id LEFT JOIN users u ON u.id = coalesce(t.owner_id, a.owner_id)
WHERE t.type = 'complaint' AND t.status IN ('open', 'waiting')
  AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND (coalesce(t.opened_at, t.created_at) IS NULL OR coalesce(t.opened_at, t.created_at) <= $cut)
ORDER BY coalesce(t.opened_at, t.created_at) NULLS LAST, t.id
