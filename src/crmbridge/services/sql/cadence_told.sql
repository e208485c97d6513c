-- svc_cadence_told: every activity as a word of the policies, with whom and what it was about. What a machine answered by
-- itself says nothing. What names a deal and nobody was with the person of the deal.
CREATE OR REPLACE TEMP TABLE svc_cadence_told AS
WITH outcomes AS (
  SELECT outcome, len(list_filter($not_connected, lambda part: contains(lower(outcome), part))) > 0 AS is_missed,
    len(list_filter($bounced, lambda part: contains(lower(outcome), part))) > 0 AS is_bounced
  FROM (SELECT DISTINCT outcome FROM activities WHERE outcome IS NOT NULL)
),
moments AS (
  SELECT a.subject, a.type, a.direction, a.deal_id, a.next_step_due, coalesce(a.automated, false) AS is_automated,
    coalesce(a.account_id, d.account_id, c.account_id) AS account_id, a.outcome IS NULL AS is_blank, coalesce(o.is_missed, false) AS is_missed,
    coalesce(o.is_bounced, false) AS is_bounced,
    coalesce(a.ended_at, a.started_at, a.logged_at) AS moment, coalesce(a.due_at, a.due_date::TIMESTAMP) AS planned_at,
    coalesce(a.state, CASE WHEN coalesce(a.ended_at, a.started_at, a.logged_at) > $cut THEN 'planned' ELSE 'done' END) AS state,
    c.person_key AS contact_key, l.person_key AS lead_key,
    CASE WHEN c.person_key IS NULL AND l.person_key IS NULL THEN d.person_key END AS deal_key
  FROM activities a
  LEFT JOIN svc_cadence_with d ON d.kind = 'deal' AND d.id = a.deal_id
  LEFT JOIN svc_cadence_with c ON c.kind = 'contact' AND c.id = a.contact_id
  LEFT JOIN svc_cadence_with l ON l.kind = 'lead' AND l.id = a.lead_id
  LEFT JOIN outcomes o ON o.outcome = a.outcome
  WHERE a.type <> 'web_event' AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.counts_as_touch, true)
    AND NOT (coalesce(a.automated, false) AND coalesce(a.direction, 'out') = 'in')
)
SELECT *, svc_day(moment, $zone) AS day,
  CASE WHEN type = 'call' AND direction = 'in' THEN 'call.received'
       WHEN type = 'call' AND is_blank THEN 'call.' || $blank_call
       WHEN type = 'call' AND is_missed THEN 'call.attempted'
       WHEN type = 'call' THEN 'call.connected'
       WHEN type IN ('email', 'im', 'sms') AND direction = 'in' THEN type || '.reply'
       WHEN type = 'email' AND is_bounced THEN 'email.bounced'
       WHEN type IN ('email', 'im', 'sms') THEN type || '.sent'
       WHEN type IN ('meeting', 'visit') THEN 'meeting.held'
       WHEN type = 'form' THEN 'form.filled' WHEN type = 'note' THEN 'note.logged' END AS word
FROM moments
