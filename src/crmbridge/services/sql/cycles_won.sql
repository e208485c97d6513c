-- The time from the beginning of each deal to its win, time spent closed left out, of the deals won in a period.
SELECT s.net_us FROM svc_states s
WHERE s.state = 'won' AND s.net_us IS NOT NULL AND s.closed_day >= CAST($start AS DATE) AND s.closed_day < CAST($end AS DATE)
ORDER BY 1
