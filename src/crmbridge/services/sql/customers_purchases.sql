-- What the customers of the list bought up to the day, the oldest first.
SELECT account_id, id, day, e4 FROM svc_purchases
WHERE account_id IN (SELECT unnest($ids)) AND day <= $today
ORDER BY account_id, day, id
