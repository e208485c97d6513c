-- One row a slice (of svc_slices, where there is more than one): what became of its deals, their money, their cycles. Money stays a count of 1/10,000, times stay
-- microseconds, both summed exactly.
SELECT {key} AS key, min({label}) AS label, count(*) AS total,
  count(*) FILTER (c.state = 'won') AS won,
  count(*) FILTER (c.state = 'lost') AS lost,
  count(*) FILTER (c.is_no_decision) AS no_decision,
  count(*) FILTER (c.state = 'open') AS open,
  count(*) FILTER (c.state = 'void') AS void,
  count(*) FILTER (c.state = 'unknown') AS unknown,
  count(*) FILTER (c.is_closed AND c.closed_day IS NULL) AS undated,
  count(*) FILTER (c.is_in_play) AS in_play,
  svc_amount(c.amount_e4, c.state = 'won') AS won_amount,
  svc_amount(c.amount_e4, c.state = 'lost') AS lost_amount,
  svc_amount(c.amount_e4, c.state = 'lost' AND NOT c.is_no_decision) AS decided_amount,
  svc_amount(c.amount_e4, c.state = 'open') AS open_amount,
  svc_amount(c.amount_e4, c.state = 'unknown') AS unknown_amount,
  svc_stats(CASE WHEN c.state = 'won' THEN c.net_us END) AS cycle,
  svc_stats(CASE WHEN c.state = 'won' THEN c.gross_us END) AS cycle_gross,
  svc_stats(CASE WHEN c.state = 'lost' THEN c.net_us END) AS lost_cycle
FROM svc_counted c {slices}
GROUP BY 1
ORDER BY 1 NULLS LAST
