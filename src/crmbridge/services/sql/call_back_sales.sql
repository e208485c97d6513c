-- What was delivered (else won) from $sold_from up to today, and the last of it of every account: a deal with its orders is
-- one, delivered when the last of them was; an order without a deal is one.
WITH delivered AS (
  SELECT deal_id, CASE WHEN deal_id IS NULL THEN id END AS order_id, any_value(account_id ORDER BY id) AS account_id,
    any_value(coalesce(subject, id) ORDER BY id) AS subject, any_value(owner_id ORDER BY id) AS owner_id, max(svc_day(delivered_at, $zone)) AS day
  FROM orders
  WHERE delivered_at <= $cut AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
  GROUP BY ALL
),
won AS (
  SELECT d.id, coalesce(d.subject, d.id) AS subject, d.account_id, d.contact_id, d.owner_id, s.closed_day
  FROM svc_states s JOIN deals d ON d.rowid = s.deal_no WHERE s.state = 'won'
),
sales AS (
  SELECT 'deal' AS kind, w.id, w.subject, coalesce(w.account_id, o.account_id) AS account_id, w.contact_id, w.owner_id,
    coalesce(o.day, w.closed_day) AS day
  FROM won w LEFT JOIN delivered o ON o.deal_id = w.id
  UNION ALL
  SELECT 'order', o.order_id, o.subject, o.account_id, NULL, o.owner_id, o.day FROM delivered o WHERE o.deal_id IS NULL
  UNION ALL
  SELECT 'deal', d.id, coalesce(d.subject, d.id), coalesce(d.account_id, o.account_id), d.contact_id, d.owner_id, o.day
  FROM delivered o JOIN deals d ON d.id = o.deal_id WHERE NOT EXISTS (FROM won w WHERE w.id = d.id)
)
SELECT s.kind, s.id, s.subject, s.account_id, coalesce(nullif(trim(a.name), ''), a.external_id) AS customer, coalesce(a.subject, a.id) AS account_subject,
  CASE WHEN NOT coalesce(c.left_company, false) THEN s.contact_id END AS contact_id, coalesce(s.owner_id, a.owner_id) AS owner_id, s.day,
  coalesce(c.do_not_contact, false) OR EXISTS (FROM persons p JOIN svc_cadence_refused r ON r.person_key = p.person_key AND r.channel IN ('*', 'call') WHERE p.record_id = s.contact_id) AS is_refused
FROM sales s JOIN accounts a ON a.id = s.account_id LEFT JOIN contacts c ON c.id = s.contact_id
WHERE s.day <= $today AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
QUALIFY s.day >= $sold_from OR row_number() OVER (PARTITION BY s.account_id ORDER BY s.day DESC, s.subject) = 1
ORDER BY s.day, s.subject
