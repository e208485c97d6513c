-- What was delivered (else won) from $sold_from up to today, and the last of it of every account: a deal with its deliveries
-- and orders is one, delivered when the last that came did; so is an order without a deal, and a delivery without either. What
-- is only on its way waits; a day of a delivery goes before that of an order, and that before the day of the deal.
WITH papers AS (
  SELECT coalesce(v.deal_id, o.deal_id) AS deal_id, v.order_id, v.id AS delivery_id, coalesce(v.account_id, o.account_id) AS account_id,
    CASE WHEN o.id IS NULL THEN coalesce(v.subject, v.id) ELSE coalesce(o.subject, o.id) END AS subject, coalesce(o.owner_id, v.owner_id) AS owner_id,
    CASE WHEN v.delivered_at <= $cut THEN svc_day(v.delivered_at, $zone) END AS came_on, NULL::DATE AS ordered_came_on,
    NOT coalesce(v.delivered_at <= $cut, false) AND coalesce(v.status IN ('planned', 'on_way') OR v.delivered_at > $cut, false) AS is_coming
  FROM deliveries v LEFT JOIN orders o ON o.id = v.order_id
  WHERE coalesce(v.status, '') <> 'cancelled' AND coalesce(v.lifecycle, 'active') NOT IN ('deleted', 'merged')
  UNION ALL
  SELECT deal_id, id, NULL, account_id, coalesce(subject, id), owner_id, NULL, svc_day(delivered_at, $zone), false
  FROM orders WHERE delivered_at <= $cut AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
),
delivered AS (
  SELECT deal_id, CASE WHEN deal_id IS NULL THEN order_id END AS order_id,
    CASE WHEN deal_id IS NULL AND order_id IS NULL THEN delivery_id END AS delivery_id,
    any_value(account_id ORDER BY order_id, delivery_id) AS account_id, any_value(subject ORDER BY order_id, delivery_id) AS subject,
    any_value(owner_id ORDER BY order_id, delivery_id) AS owner_id, bool_or(is_coming) AS is_coming,
    coalesce(max(came_on), CASE WHEN NOT bool_or(is_coming) THEN max(ordered_came_on) END) AS day
  FROM papers GROUP BY ALL
),
won AS (
  SELECT d.id, coalesce(d.subject, d.id) AS subject, d.account_id, d.contact_id, d.owner_id, s.closed_day
  FROM svc_states s JOIN deals d ON d.no = s.deal_no WHERE s.state = 'won'
),
sales AS (
  SELECT 'deal' AS kind, w.id, w.subject, coalesce(w.account_id, o.account_id) AS account_id, w.contact_id, w.owner_id,
    CASE WHEN o.day IS NULL AND o.is_coming THEN NULL ELSE coalesce(o.day, w.closed_day) END AS day
  FROM won w LEFT JOIN delivered o ON o.deal_id = w.id
  UNION ALL
  SELECT CASE WHEN o.order_id IS NULL THEN 'delivery' ELSE 'order' END, coalesce(o.order_id, o.delivery_id), o.subject, o.account_id, NULL,
    o.owner_id, o.day
  FROM delivered o WHERE o.deal_id IS NULL
  UNION ALL
  SELECT 'deal', d.id, coalesce(d.subject, d.id), coalesce(d.account_id, o.account_id), d.contact_id, d.owner_id, o.day
  FROM delivered o JOIN deals d ON d.id = o.deal_id WHERE NOT EXISTS (FROM won w WHERE w.id = d.id)
)
SELECT s.kind, s.id, s.subject, s.account_id, coalesce(nullif(trim(a.name), ''), a.external_id) AS customer, coalesce(a.subject, a.id) AS account_subject,
  CASE WHEN NOT coalesce(c.left_company, false) THEN s.contact_id END AS contact_id, coalesce(s.owner_id, a.owner_id) AS owner_id, u.name AS owner, s.day,
  coalesce(c.do_not_contact, false) OR EXISTS (FROM persons p JOIN svc_cadence_refused r ON r.person_key = p.person_key AND r.channel IN ('*', 'call') WHERE p.record_id = s.contact_id) AS is_refused
FROM sales s JOIN accounts a ON a.id = s.account_id LEFT JOIN contacts c ON c.id = s.contact_id LEFT JOIN users u ON u.id = coalesce(s.owner_id, a.owner_id)
WHERE s.day <= $today AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
QUALIFY s.day >= $sold_from OR row_number() OVER (PARTITION BY s.account_id ORDER BY s.day DESC, s.subject) = 1
ORDER BY s.day, s.subject
