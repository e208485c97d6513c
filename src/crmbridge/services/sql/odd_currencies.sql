-- The codes that are no currency, and how many of the counted deals have an amount in each.
SELECT amount_currency, count(*) FROM svc_counted WHERE is_odd_currency AND state <> 'void' GROUP BY 1 ORDER BY 1
