-- What was given back up to $cut, the earliest first: refunds, and what an order says of itself that no refund tells.
WITH told AS (
  SELECT r.id, coalesce(r.deal_id, o.deal_id) AS deal_id, r.order_id, svc_day(r.refunded_at, $zone) AS day, r.amount_e4,
         coalesce(r.amount_currency, $currency) AS currency
  FROM refunds r LEFT JOIN orders o ON o.id = r.order_id
  WHERE coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (r.refunded_at IS NULL OR r.refunded_at <= $cut)
)
FROM told
UNION ALL
SELECT id, deal_id, id, NULL, refunded_e4, coalesce(refunded_currency, $currency)
FROM orders
WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(refunded_e4, 0) <> 0
  AND id NOT IN (SELECT order_id FROM told WHERE order_id IS NOT NULL)
ORDER BY day NULLS FIRST, id
