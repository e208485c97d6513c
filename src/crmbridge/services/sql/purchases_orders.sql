-- svc_purchases: what was bought up to $cut, net of what was given back, one row an order.
CREATE OR REPLACE {made} AS
WITH given AS (
  SELECT order_id, sum(amount_e4)::BIGINT AS e4 FROM refunds
  WHERE order_id IS NOT NULL AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
    AND (refunded_at IS NULL OR refunded_at <= $cut)
  GROUP BY order_id
)
SELECT o.id, o.account_id, svc_day(o.ordered_at, $zone) AS day,
       o.amount_e4 - coalesce(o.refunded_e4, 0) - coalesce(g.e4, 0) AS e4, coalesce(o.amount_currency, $currency) AS currency
FROM orders o LEFT JOIN given g ON g.order_id = o.id
WHERE coalesce(o.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (o.ordered_at IS NULL OR o.ordered_at <= $cut)
  AND ($only_currency IS NULL OR o.amount_e4 IS NULL OR coalesce(o.amount_currency, $currency) = $only_currency)
