-- The leads whose clock started in the period, all together and by owner: how many of each status, and how long answers took.
SELECT GROUPING(r.owner) = 1 AS is_whole, r.owner, any_value(coalesce(u.name, r.owner)) AS name, count(*) AS leads,
  count(*) FILTER (status = 'met') AS met, count(*) FILTER (status = 'breached') AS breached,
  count(*) FILTER (status = 'pending') AS pending, count(*) FILTER (status = 'closed') AS closed,
  count(*) FILTER (status = 'unknown') AS unknown, count(*) FILTER (status = 'unavailable') AS unavailable,
  count(*) FILTER (status = 'breached' AND stop_at IS NULL) AS late,
  quantile_cont(answer_us, 0.5) AS median_us, quantile_cont(elapsed_us, 0.5) AS median_elapsed_us
FROM svc_response r LEFT JOIN users u ON u.id = r.owner_id
WHERE (start_day IS NULL OR (start_day >= $first AND start_day < $after)) AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, owner))
GROUP BY GROUPING SETS ((), (r.owner))
HAVING count(*) > 0
ORDER BY is_whole DESC, met * 1.0 / nullif(met + breached, 0) NULLS LAST, name NULLS LAST, r.owner NULLS LAST
