-- What earned credit up to $cut by the event that a plan names: a won deal, an order, or a payment (of an order that
-- says when it was paid and has no payment of its own, the order). Whose it is: the owner of the deal, else of the order,
-- else of the company. `amount_e4` NULL: nobody says how much.
WITH sold AS (
  SELECT o.id, o.deal_id, o.amount_e4, o.amount_currency, o.ordered_at, o.paid_at, d.name AS deal_name,
         coalesce(d.owner_id, o.owner_id, a.owner_id) AS owner_id
  FROM orders o LEFT JOIN deals d ON d.id = o.deal_id LEFT JOIN accounts a ON a.id = o.account_id
  WHERE coalesce(o.lifecycle, 'active') NOT IN ('deleted', 'merged')
),
paid AS (
  SELECT p.id, coalesce(p.deal_id, o.deal_id) AS deal_id, p.order_id, p.amount_e4, p.amount_currency, p.paid_at,
         coalesce(d.owner_id, o.owner_id, p.owner_id, a.owner_id) AS owner_id, d.name AS deal_name
  FROM payments p LEFT JOIN sold o ON o.id = p.order_id LEFT JOIN deals d ON d.id = coalesce(p.deal_id, o.deal_id)
  LEFT JOIN accounts a ON a.id = p.account_id
  WHERE coalesce(p.lifecycle, 'active') NOT IN ('deleted', 'merged')
),
found AS (
  SELECT d.id AS record_id, 'deal' AS kind, d.id AS deal_id, NULL AS order_id, s.closed_day AS day,
         d.amount_e4, d.amount_currency, d.owner_id, d.name
  FROM svc_states s JOIN deals d ON d.no = s.deal_no WHERE $event = 'won' AND s.class = 'won'
  UNION ALL
  SELECT id, 'order', deal_id, id, svc_day(ordered_at, $zone), amount_e4, amount_currency, owner_id, deal_name
  FROM sold WHERE $event = 'invoiced' AND (ordered_at IS NULL OR ordered_at <= $cut)
  UNION ALL
  SELECT id, 'payment', deal_id, order_id, svc_day(paid_at, $zone), amount_e4, amount_currency, owner_id, deal_name
  FROM paid WHERE $event = 'payment_received' AND (paid_at IS NULL OR paid_at <= $cut)
  UNION ALL
  SELECT id, 'order', deal_id, id, svc_day(paid_at, $zone), amount_e4, amount_currency, owner_id, deal_name
  FROM sold WHERE $event = 'payment_received' AND paid_at <= $cut AND id NOT IN (SELECT order_id FROM paid WHERE order_id IS NOT NULL)
)
SELECT record_id, kind, deal_id, order_id, day, amount_e4, coalesce(amount_currency, $currency) AS currency, owner_id, name
FROM found WHERE day IS NULL OR (day >= CAST($first AS DATE) AND day < CAST($after AS DATE)) ORDER BY day NULLS LAST, record_id
