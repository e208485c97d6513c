-- svc_cadence_days: every day of every calendar, its running number of workdays, the workday that it rolls to, and the last
-- day that still rolls to it or before.
CREATE OR REPLACE TEMP TABLE svc_cadence_days AS
SELECT d.calendar, d.day, d.no, d.is_workday,
  CASE WHEN d.is_workday THEN d.day ELSE n.day END AS forward, coalesce(p.day, d.day) AS backward, n.day - 1 AS before_next
FROM svc_cadence_listed d
LEFT JOIN svc_cadence_workdays n ON n.calendar = d.calendar AND n.no = d.no + 1
LEFT JOIN svc_cadence_workdays p ON p.calendar = d.calendar AND p.no = d.no
