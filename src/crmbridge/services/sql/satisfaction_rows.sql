-- The answers that count in the window, by the slices that are asked for.
SELECT {keys} AS keys, {labels} AS labels,
  count(*) FILTER (type = 'csat') AS csat_n, count(*) FILTER (is_satisfied) AS csat_satisfied,
  sum(score) FILTER (type = 'csat') AS csat_sum, count(DISTINCT scale) FILTER (type = 'csat') AS csat_scales,
  count(*) FILTER (type = 'nps') AS nps_n, count(*) FILTER (type = 'nps' AND score >= 9) AS promoters,
  count(*) FILTER (type = 'nps' AND score <= 6) AS detractors,
  count(*) FILTER (type = 'ces') AS ces_n, sum(score) FILTER (type = 'ces') AS ces_sum,
  count(DISTINCT scale) FILTER (type = 'ces') AS ces_scales
FROM svc_surveys a {joins}
WHERE is_counted AND answered_day >= $start AND answered_day < $end AND {chosen}
GROUP BY ALL ORDER BY keys, labels
