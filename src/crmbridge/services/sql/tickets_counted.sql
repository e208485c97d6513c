-- The tickets opened in the period by measure and slice: how many of each status, and how long it took by their own clocks.
SELECT r.tier AS measure, {keys} AS keys, any_value({labels} ORDER BY r.id) AS labels, count(*) AS tickets,
  count(*) FILTER (r.status = 'met') AS met, count(*) FILTER (r.status = 'breached') AS breached,
  count(*) FILTER (r.status = 'pending') AS pending, count(*) FILTER (r.status = 'closed') AS closed,
  count(*) FILTER (r.status = 'unknown') AS unknown, count(*) FILTER (r.status = 'unavailable') AS unavailable,
  count(*) FILTER (r.status = 'breached' AND r.stop_at IS NULL) AS late, quantile_cont(r.answer_us, 0.5) AS median_us
FROM svc_response r JOIN svc_tickets t ON t.id = r.id {joins}
WHERE (r.start_day IS NULL OR (r.start_day >= $first AND r.start_day < $after)) AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, r.owner))
GROUP BY ALL
ORDER BY ALL NULLS LAST
