-- What gates look at, one row a record: its own criteria, how its person is reached, how often the customer answered or
-- was spoken to up to $cut, and how many needs are noted. What an open deal or lead lacks is NULL, never nought.
WITH told AS (  -- both sides had a part in it
  SELECT a.deal_id, a.lead_id, a.contact_id
  FROM activities a
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.state, 'done') = 'done'
    AND NOT coalesce(a.automated, false) AND coalesce(a.ended_at, a.started_at, a.logged_at) <= $cut
    AND svc_two_way(a.direction, a.type, a.outcome, $not_connected)
),
of_deal AS (SELECT deal_id AS id, count(*) AS n FROM told WHERE deal_id IS NOT NULL GROUP BY 1),
of_lead AS (SELECT lead_id AS id, count(*) AS n FROM told WHERE lead_id IS NOT NULL GROUP BY 1),
of_contact AS (SELECT contact_id AS id, count(*) AS n FROM told WHERE contact_id IS NOT NULL AND deal_id IS NULL GROUP BY 1)
SELECT d.id, 'deal' AS kind, d.pipeline, d.stage, d.intent, d.need_fit, d.budget, d.decision_process, d.reason, d.amount_e4,
  d.expected_close, d.next_step, d.competitor, d.custom,
  coalesce(nullif(c.emails, '[]'), nullif(l.emails, '[]'), nullif(a.emails, '[]')) AS contact_email,
  coalesce(nullif(c.phones, '[]'), nullif(l.phones, '[]'), nullif(a.phones, '[]')) AS contact_phone,
  coalesce(td.n, 0) + coalesce(tl.n, 0) + coalesce(tc.n, 0) AS two_way_contacts,
  coalesce(json_array_length(a.need_tags), 0)::BIGINT AS needs
FROM deals d
LEFT JOIN accounts a ON a.id = d.account_id LEFT JOIN contacts c ON c.id = d.contact_id LEFT JOIN leads l ON l.id = d.lead_id
LEFT JOIN of_deal td ON td.id = d.id LEFT JOIN of_lead tl ON tl.id = d.lead_id LEFT JOIN of_contact tc ON tc.id = d.contact_id
WHERE coalesce(d.lifecycle, 'active') NOT IN ('deleted', 'merged')
UNION ALL
SELECT l.id, 'lead', l.pipeline, l.stage, l.need, NULL, l.budget, l.authority, l.disqualify_reason, l.expected_amount_e4,
  NULL, NULL, NULL, l.custom, nullif(l.emails, '[]'), nullif(l.phones, '[]'), coalesce(t.n, 0), coalesce((l.need > 0)::BIGINT, 0)
FROM leads l LEFT JOIN of_lead t ON t.id = l.id
WHERE coalesce(l.lifecycle, 'active') NOT IN ('deleted', 'merged')
ORDER BY 1
