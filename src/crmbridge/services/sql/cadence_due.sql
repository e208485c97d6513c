-- svc_cadence_due: one row a task that is due by the horizon and that nothing forbids. See cadence.py.
CREATE OR REPLACE TEMP TABLE svc_cadence_due AS
WITH timed AS (
  SELECT a.kind, a.id AS record_id, a.subject, a.person_key, a.account_id, a.about_id, a.owner_id, a.manager_id, a.customer, a.policy, a.step, a.occurrence,
    a.seq, a.channel, a.template, a.auto, s.due_day, a.calendar, a.zone, 2 AS class, a.key AS external_key, s.made, a.eno,
    CASE WHEN s.due_day >= $today THEN 0 WHEN NOT a.repeat OR a.n = 0 THEN 1 ELSE 1 + greatest(0,
      CASE WHEN a.unit = 'bd' THEN (a.yesterday_no - a.base_no) // a.n WHEN a.roll = 'forward' THEN (a.yesterday_backward - a.base) // a.n
           WHEN a.roll = 'none' THEN ($today - 1 - a.base) // a.n ELSE (a.yesterday_before_next - a.base) // a.n END
      - greatest(a.k, CASE WHEN a.unit = 'bd' THEN (sb.no - a.base_no) // a.n WHEN a.roll = 'forward' THEN (sb.backward - a.base) // a.n
           WHEN a.roll = 'none' THEN (s.due_day - a.base) // a.n ELSE (sb.before_next - a.base) // a.n END)) END AS missed,
    list_concat(a.reasons, list_filter([CASE WHEN s.is_capped THEN 'FREQUENCY_CAP' END, CASE WHEN s.is_care_day THEN 'CARE_DAY' END,
      CASE WHEN s.made_due <> a.asked_due THEN 'RESCHEDULED' END], lambda one: one IS NOT NULL)) AS reasons
  FROM svc_cadence_slots s JOIN svc_cadence_alive a ON a.eno = s.eno
  LEFT JOIN svc_cadence_days sb ON sb.calendar = a.calendar AND sb.day = s.due_day
  WHERE NOT s.is_refused AND s.due_day <= s.horizon
  UNION ALL
  SELECT kind, id, subject, person_key, account_id, about_id, owner_id, manager_id, customer, 'answer', 0, 1, seq, channel, $answer_template, false,
    due_day, calendar, zone, 0, key, CASE WHEN state IN ('open', 'unread') THEN state END, NULL, 0, ['REPLY']
  FROM svc_cadence_answers
)
SELECT t.*, greatest(0, n.no - d.no) AS overdue_bd, CASE WHEN t.auto THEN m.auto_at ELSE m.due_at END AS due_at, coalesce(m.is_apart, false) AS is_apart
FROM timed t
LEFT JOIN svc_cadence_days d ON d.calendar = t.calendar AND d.day = t.due_day
LEFT JOIN svc_cadence_days n ON n.calendar = t.calendar AND n.day = $today
LEFT JOIN svc_cadence_moments m ON m.calendar = t.calendar AND m.zone IS NOT DISTINCT FROM t.zone AND m.day = t.due_day
