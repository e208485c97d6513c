-- The deals at risk: the highest score first, then the larger amount at risk, the earlier closing date, the id. A deal
-- whose score nobody knows stands behind them, by its points.
SELECT r.* EXCLUDE (tells_next_step, tells_close, tells_touches, tells_changes, tells_contacts, tells_roles, tells_moves, tells_quotes),
  u.name AS owner_name, count(*) OVER () AS listed
FROM svc_risk r LEFT JOIN users u ON u.id = r.owner_id
WHERE ($owners IS NULL OR list_contains($owners, r.owner_id))
  AND (coalesce(list_contains($bands, r.band), false) OR (r.band IS NULL AND r.points > 0))
ORDER BY r.score DESC NULLS LAST, $rates[r.probability]::HUGEINT * r.amount_e4 DESC NULLS LAST, r.points DESC, r.expected_close NULLS LAST, r.id
LIMIT $most
