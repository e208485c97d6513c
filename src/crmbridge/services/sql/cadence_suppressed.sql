-- svc_cadence_suppressed: what would be due by the horizon and is not, or only later, and why.
CREATE OR REPLACE TEMP TABLE svc_cadence_suppressed AS
WITH winner AS (SELECT person_key, policy, subject, channel, due_day FROM svc_cadence_alive WHERE class = 'sales' AND state IN ('active', 'paused'))
SELECT kind, id AS record_id, subject, person_key, policy, channel, NULL::DATE AS wanted_day, 'OPTED_OUT' AS reason,
  NULL::DATE AS until_day, NULL::VARCHAR AS blocked_by
FROM svc_cadence_unreached
UNION ALL
SELECT a.kind, a.id, a.subject, a.person_key, a.policy, a.channel, a.due_day,
  CASE WHEN abs(w.due_day - a.due_day) < CASE WHEN w.channel = a.channel THEN $same_channel_days::INTEGER ELSE $any_channel_days::INTEGER END
    THEN 'FREQUENCY_CAP' ELSE 'SUSPENDED' END, NULL, w.policy || '|' || w.subject
FROM svc_cadence_alive a JOIN winner w ON w.person_key = a.person_key JOIN svc_cadence_horizon h ON h.calendar = a.calendar
WHERE a.state = 'suspended' AND a.due_day <= h.horizon
UNION ALL
SELECT s.kind, s.id, a.subject, s.person_key, s.policy, s.channel, s.wanted_day,
  CASE WHEN s.is_refused THEN 'OPTED_OUT' WHEN s.is_care_day THEN 'CARE_DAY' ELSE 'FREQUENCY_CAP' END, CASE WHEN NOT s.is_refused THEN s.due_day END, NULL
FROM svc_cadence_slots s JOIN svc_cadence_alive a ON a.eno = s.eno WHERE s.is_refused OR s.due_day > s.horizon OR s.is_capped OR s.is_care_day
