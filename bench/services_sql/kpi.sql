-- All KPIs of deals in one scan of what the funnel left.
WITH k AS (SELECT count(*) FILTER (state = 'won') AS won, count(*) FILTER (state = 'lost') AS lost, count(*) AS n,
  sum(amount_e4) FILTER (state = 'won') / 10000.0 AS revenue, sum(amount_e4) FILTER (state IN ('won', 'lost')) / 10000.0 AS decided,
  avg(amount_e4) FILTER (state = 'won') / 10000 AS mean, median(amount_e4) FILTER (state = 'won') / 10000 AS middle,
  avg(cycle_us) / 86400000000 AS cycle, quantile_cont(cycle_us::DOUBLE, 0.5) / 86400000000 AS middle_cycle,
  count(*) FILTER (state = 'open') AS open, sum(amount_e4) FILTER (state = 'open') / 10000.0 AS open_amount,
  (SELECT count(*) FROM accounts a WHERE a.id IN (SELECT account_id FROM h WHERE state = 'won')) AS customers FROM h)
SELECT 'kpi', unnest(['deals_won', 'revenue_won', 'win_rate', 'win_rate_value', 'avg_deal_value', 'median_deal_value', 'cycle_days_mean',
  'cycle_days_median', 'deals_lost', 'deals_created', 'open_deals', 'open_amount', 'new_customers']),
  unnest([won, revenue, won / (won + lost), revenue / decided, mean, middle, cycle, middle_cycle, lost, n, open, open_amount, customers]::DOUBLE[]) FROM k
