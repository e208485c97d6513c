-- svc_cadence_answers: a task to answer for each person of svc_waiting, in the calendar of whoever owns the record.
CREATE OR REPLACE TEMP TABLE svc_cadence_answers AS
WITH timed AS (
  SELECT w.*, u.manager_id, coalesce(k.place, o.calendar, 0) AS calendar
  FROM svc_waiting w
  LEFT JOIN users u ON u.id = w.owner_id
  LEFT JOIN svc_working_users k ON k.user_id = w.owner_id
  LEFT JOIN svc_cadence_teams o ON o.org_unit_id = u.org_unit_id
)
SELECT t.* EXCLUDE (made), t.made AS state, 1 AS seq, coalesce(t.made_due, n.day) AS due_day
FROM timed t
JOIN svc_cadence_days d ON d.calendar = t.calendar AND d.day = t.day
JOIN svc_cadence_workdays n ON n.calendar = t.calendar AND n.no = d.no + $answer_days
