-- svc_tickets: every ticket at $cut that nobody cancelled, with the target of its priority and the clock that it runs by.
CREATE OR REPLACE TEMP TABLE svc_tickets AS
SELECT r.id, coalesce(r.subject, r.id) AS subject, coalesce(nullif(trim(r.name), ''), nullif(trim(r.number), ''), r.external_id, r.id) AS name,
  a.id AS account_id, coalesce(nullif(trim(a.name), ''), a.external_id) AS customer, r.type,
  r.owner_id, coalesce(r.owner_id, nullif(r.owner_ref, '')) AS owner, g.target, coalesce(r.clock, g.clock) AS clock,
  CASE coalesce(r.clock, g.clock) WHEN 'always' THEN $always ELSE coalesce(u.place, 0) END AS place,
  coalesce(r.opened_at, r.created_at) AS opened_at,
  coalesce(CASE WHEN r.opened_at IS NULL THEN r.created_at_precision ELSE r.opened_at_precision END, 'exact') = 'day' AS is_opened_day,
  CASE WHEN r.first_response_at <= $cut THEN r.first_response_at END AS first_response_at,
  coalesce(r.first_response_at_precision, 'exact') = 'day' AS is_first_response_day,
  CASE WHEN r.resolved_at <= $cut AND coalesce(r.status, '') NOT IN ('open', 'waiting') THEN r.resolved_at END AS resolved_at,
  coalesce(r.resolved_at_precision, 'exact') = 'day' AS is_resolved_day,
  coalesce(r.status, '') IN ('resolved', 'closed') AND NOT coalesce(r.resolved_at > $cut, false) AS is_decided,
  {tells_first} AS tells_first, {tells_resolved} AS tells_resolved
FROM tickets r {sources}
LEFT JOIN contacts c ON c.id = r.contact_id
LEFT JOIN deals d ON d.id = r.deal_id
LEFT JOIN accounts a ON a.id = coalesce(r.account_id, c.account_id, d.account_id)
LEFT JOIN svc_working_users u ON u.user_id = r.owner_id
LEFT JOIN svc_target_words w ON w.word = lower(trim(r.priority))
JOIN svc_targets g ON g.target = coalesce(w.target, $default)
WHERE coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(r.status, '') <> 'cancelled'
  AND (coalesce(r.opened_at, r.created_at) IS NULL OR coalesce(r.opened_at, r.created_at) <= $cut)
