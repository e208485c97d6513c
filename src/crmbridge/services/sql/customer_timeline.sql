-- What happened with the people of the file, and of an account with itself and its deals too: the last first. What was
-- only planned is not there; `known` "then" leaves out what was written down after the moment.
SELECT a.id, a.subject AS source, a.connection, a.type, a.direction, coalesce(a.ended_at, a.started_at, a.logged_at, a.created_at) AS moment,
       a.content, a.outcome, a.customer_feedback, a.next_step, a.next_step_due, coalesce(u.name, a.actor_ref) AS actor,
       coalesce(c.full_name, l.full_name, l.company_name) AS person, coalesce(a.automated, false) AS is_automated
FROM activities a
LEFT JOIN users u ON u.id = a.actor_id
LEFT JOIN contacts c ON c.id = a.contact_id
LEFT JOIN leads l ON l.id = a.lead_id
WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.state, 'done') = 'done'
  AND (a.contact_id IN (SELECT unnest($people)) OR a.lead_id IN (SELECT unnest($people))
       OR ($kind = 'account' AND (a.account_id = $id OR a.deal_id IN (SELECT d.id FROM deals d WHERE d.account_id = $id))))
  AND coalesce(a.ended_at, a.started_at, a.logged_at, a.created_at) <= $cut
  AND ($known = 'now' OR coalesce(a.logged_at, a.created_at, a.started_at) <= $cut)
ORDER BY moment DESC, a.id
LIMIT coalesce($most, 9223372036854775807)
