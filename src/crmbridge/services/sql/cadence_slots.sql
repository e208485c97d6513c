-- svc_cadence_slots: the tasks that are due by the horizon. One that was made is where its owner has put it, and waits
-- where its step is due later by now, since the customer answered or a pause began; a new one of sales does not come too
-- soon after the last touch of its person. `at_day` is when it can be done at the earliest.
CREATE OR REPLACE TEMP TABLE svc_cadence_slots AS
WITH lately AS (
  SELECT key AS person_key, channel, max(day) AS day FROM svc_cadence_touches WHERE about = 'person' AND is_out GROUP BY key, channel
),
any_of AS (SELECT person_key, max(day) AS day FROM lately GROUP BY person_key),
tasks AS (
  SELECT a.eno, a.calendar, a.class, a.person_key, a.account_id, a.kind, a.id, a.policy, a.key, a.channel, a.is_refused, a.asked_due, a.due_day AS wanted_day,
    CASE WHEN m.state IN ('open', 'unread') THEN m.state END AS made, m.due AS made_due,
    CASE WHEN a.class = 'sales' THEN greatest(s.day + $same_channel_days::INTEGER, n.day + $any_channel_days::INTEGER) END AS free_day,
    CASE WHEN coalesce(m.due, a.asked_due) IS DISTINCT FROM a.asked_due THEN m.due ELSE greatest(a.asked_due, a.due_day) END AS made_day
  FROM svc_cadence_alive a
  LEFT JOIN svc_cadence_made m ON m.key = a.key
  LEFT JOIN lately s ON s.person_key = a.person_key AND s.channel = a.channel
  LEFT JOIN any_of n ON n.person_key = a.person_key
  WHERE a.state = 'active' AND coalesce(m.state, '') NOT IN ('done', 'cancelled', 'gone')
),
due AS (
  SELECT *, CASE WHEN made IS NOT NULL THEN made_day ELSE wanted_day END AS first_day FROM tasks
)
SELECT d.* EXCLUDE (first_day, made_day), h.horizon,
  CASE WHEN made IS NULL AND free_day > greatest(first_day, $today) THEN coalesce(f.forward, free_day) ELSE first_day END AS due_day,
  made IS NULL AND coalesce(free_day > greatest(first_day, $today), false) AS is_capped, false AS is_care_day
FROM due d
JOIN svc_cadence_horizon h ON h.calendar = d.calendar
LEFT JOIN svc_cadence_days f ON f.calendar = d.calendar AND f.day = d.free_day
WHERE d.first_day <= h.horizon
