-- The deals that were won since $won_from: who sold each and who delivers it, its contracts (signed ones first), and the people
-- of its customer, the one that the deal is with at the head.
WITH won AS (
  SELECT d.*, s.closed_day FROM svc_states s JOIN deals d ON d.no = s.deal_no WHERE s.state = 'won' AND s.closed_day >= $won_from
),
papers AS (
  SELECT c.deal_id, list({
      'number': nullif(trim(c.number), ''), 'name': nullif(trim(c.name), ''), 'e4': c.amount_e4, 'currency': c.amount_currency,
      'first': c.start_date, 'last': c.end_date
    } ORDER BY coalesce(c.status = 'signed', false) DESC, c.signed_at DESC NULLS LAST, c.id) AS found
  FROM contracts c
  WHERE coalesce(c.status, '') <> 'cancelled' AND coalesce(c.lifecycle, 'active') NOT IN ('deleted', 'merged')
    AND (c.created_at IS NULL OR c.created_at <= $cut)
  GROUP BY c.deal_id
),
people AS (
  SELECT w.id AS deal_id, list({'name': coalesce(nullif(trim(c.full_name), ''), c.external_id), 'title': coalesce(nullif(trim(c.title), ''), nullif(trim(c.decision_role), ''))}
      ORDER BY c.id = w.contact_id DESC NULLS LAST, c.full_name, c.id)[1:$most] AS found
  FROM won w JOIN contacts c ON c.account_id = w.account_id OR c.id = w.contact_id
  WHERE NOT coalesce(c.left_company, false) AND coalesce(c.lifecycle, 'active') NOT IN ('deleted', 'merged')
  GROUP BY w.id
),
carriers AS (
  SELECT coalesce(v.deal_id, o.deal_id) AS deal_id, arg_min(v.owner_id, (v.promised_date, v.id)) FILTER (v.owner_id IS NOT NULL) AS owner_id
  FROM deliveries v LEFT JOIN orders o ON o.id = v.order_id
  WHERE coalesce(v.status, '') <> 'cancelled' AND coalesce(v.lifecycle, 'active') NOT IN ('deleted', 'merged')
  GROUP BY ALL
)
SELECT w.id, coalesce(w.subject, w.id) AS subject, coalesce(nullif(trim(w.name), ''), w.external_id) AS name, w.account_id, w.contact_id, w.closed_day,
  coalesce(nullif(trim(a.name), ''), a.external_id) AS customer, coalesce(nullif(trim(u.name), ''), u.email) AS seller,
  coalesce(c.owner_id, w.owner_id) AS owner_id, p.found AS contracts, q.found AS contacts
FROM won w
LEFT JOIN accounts a ON a.id = w.account_id LEFT JOIN users u ON u.id = w.owner_id
LEFT JOIN papers p ON p.deal_id = w.id LEFT JOIN people q ON q.deal_id = w.id LEFT JOIN carriers c ON c.deal_id = w.id
ORDER BY w.closed_day, subject, w.id
