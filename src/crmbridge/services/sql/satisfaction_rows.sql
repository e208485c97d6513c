-- The answers that count in the window, by the slices that are asked for, with the ids behind each figure.
SELECT {keys} AS keys, {labels} AS labels,
  count(*) FILTER (type = 'csat') AS csat_n, count(*) FILTER (is_satisfied) AS csat_satisfied,
  sum(score) FILTER (type = 'csat') AS csat_sum, count(DISTINCT scale) FILTER (type = 'csat') AS csat_scales,
  count(*) FILTER (type = 'nps') AS nps_n, count(*) FILTER (type = 'nps' AND score >= 9) AS promoter_n,
  count(*) FILTER (type = 'nps' AND score <= 6) AS detractor_n,
  count(*) FILTER (type = 'ces') AS ces_n, sum(score) FILTER (type = 'ces') AS ces_sum,
  count(DISTINCT scale) FILTER (type = 'ces') AS ces_scales,
  list(a.id ORDER BY a.id) FILTER (is_satisfied) AS satisfied,
  list(a.id ORDER BY a.id) FILTER (type = 'csat' AND NOT is_satisfied) AS not_satisfied,
  list(a.id ORDER BY a.id) FILTER (type = 'nps' AND score >= 9) AS promoters,
  list(a.id ORDER BY a.id) FILTER (type = 'nps' AND score > 6 AND score < 9) AS passives,
  list(a.id ORDER BY a.id) FILTER (type = 'nps' AND score <= 6) AS detractors,
  list(a.id ORDER BY a.id) FILTER (type = 'ces') AS ces
FROM svc_surveys a {joins}
WHERE is_counted AND answered_day >= $start AND answered_day < $end AND {chosen}
GROUP BY ALL ORDER BY keys, labels
