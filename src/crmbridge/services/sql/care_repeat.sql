-- The customers that bought in [$start, $end), and whether each had bought on an earlier day than its last in it.
SELECT account_id, min(day) < max(day) AS has_before FROM svc_purchases
WHERE account_id IS NOT NULL AND day < $end GROUP BY account_id HAVING max(day) >= $start ORDER BY account_id
