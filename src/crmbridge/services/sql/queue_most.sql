-- The greatest amount of the queue, as a whole number of 1/10,000.
SELECT coalesce(max(amount_e4), 0) FROM svc_queue_records WHERE currency = $only_currency
