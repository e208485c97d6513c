-- How many customers there are to lose, by level, and of how many nobody knows each reason.
SELECT count(*) AS n, count(*) FILTER (level = 'high') AS high, count(*) FILTER (level = 'medium') AS medium, count(*) FILTER (level = 'low') AS low,
  count(*) FILTER (level IS NULL) AS nobody, count(*) - count(order_gap) AS order_gap, count(*) - count(silence) AS silence,
  count(*) - count(unhappy) AS unhappy, count(*) - count(revenue_drop) AS revenue_drop,
  count(*) - count(renewal_unmet) AS renewal_unmet, count(*) - count(complaint) AS complaint
FROM svc_churn
