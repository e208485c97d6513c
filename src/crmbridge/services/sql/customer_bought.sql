-- What the account bought up to the day, the last first.
SELECT id, day, e4, currency FROM svc_purchases
WHERE account_id = $account AND (day IS NULL OR day <= $today)
ORDER BY day DESC NULLS LAST, id
