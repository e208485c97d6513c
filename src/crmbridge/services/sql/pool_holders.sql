-- What each owner holds of each kind, where it stands, and what was taken from the pool today.
SELECT p.owner, any_value(coalesce(u.name, p.owner)) AS name, p.kind, count(*) AS held,
  count(*) FILTER (state = 'return') AS "return", count(*) FILTER (state = 'warn') AS warn,
  count(*) FILTER (state = 'held') AS "held_in_time", count(*) FILTER (state = 'unavailable') AS unavailable,
  count(*) FILTER (svc_day(p.claimed_at, $zone) = $today) AS claimed
FROM svc_pool p LEFT JOIN users u ON u.id = p.owner_id
WHERE p.state IS NOT NULL AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, p.owner))
GROUP BY p.owner, p.kind ORDER BY name NULLS LAST, p.owner, p.kind DESC
