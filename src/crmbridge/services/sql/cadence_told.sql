-- svc_cadence_told: every activity as a word of the policies, with whom and what it was about. What a machine answered by
-- itself says nothing. What names a deal and nobody was with the person of the deal.
CREATE OR REPLACE TEMP TABLE svc_cadence_told AS
WITH outcomes AS (
  SELECT outcome, len(list_filter($not_connected, lambda part: contains(lower(outcome), part))) > 0 AS is_missed,
    len(list_filter($bounced, lambda part: contains(lower(outcome), part))) > 0 AS is_bounced
  FROM (SELECT DISTINCT outcome FROM activities WHERE outcome IS NOT NULL)
),
moments AS (
  SELECT a.id, a.subject, a.type, a.direction, a.deal_id, a.contact_id, a.lead_id, a.next_step_due,
    coalesce(a.account_id, d.account_id, c.account_id) AS account_id, a.outcome IS NULL AS is_blank, coalesce(o.is_missed, false) AS is_missed,
    coalesce(o.is_bounced, false) AS is_bounced,
    coalesce(a.ended_at, a.started_at, a.logged_at) AS moment, coalesce(a.due_at, a.due_date::TIMESTAMP) AS planned_at,
    coalesce(a.state, CASE WHEN coalesce(a.ended_at, a.started_at, a.logged_at) > $cut THEN 'planned' ELSE 'done' END) AS state,
    pc.person_key AS contact_key, pl.person_key AS lead_key,
    CASE WHEN pc.person_key IS NULL AND pl.person_key IS NULL AND d.id IS NOT NULL THEN coalesce(pd.person_key, 'deal:' || d.subject) END AS deal_key
  FROM activities a
  LEFT JOIN deals d ON d.id = a.deal_id LEFT JOIN contacts c ON c.id = a.contact_id
  LEFT JOIN outcomes o ON o.outcome = a.outcome
  LEFT JOIN persons pc ON pc.record_id = a.contact_id LEFT JOIN persons pl ON pl.record_id = a.lead_id
  LEFT JOIN persons pd ON pd.record_id = d.contact_id
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.counts_as_touch, true)
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
