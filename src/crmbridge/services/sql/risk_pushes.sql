-- svc_risk_pushes: how often the expected closing date of each deal was moved later, and by how many days in all. Moves
-- within $together of the first of a group count once; moves to an earlier day only count towards the days.
CREATE OR REPLACE TEMP TABLE svc_risk_pushes AS
WITH RECURSIVE later AS (
  SELECT record_id, moment FROM svc_risk_changes WHERE new_day > old_day
),
groups AS (
  SELECT record_id, min(moment) AS first_at FROM later GROUP BY record_id
  UNION ALL
  SELECT g.record_id, min(l.moment)
  FROM groups g JOIN later l ON l.record_id = g.record_id AND l.moment > g.first_at + to_hours($together)
  GROUP BY g.record_id, g.first_at
),
counted AS (SELECT record_id, count(DISTINCT first_at) AS pushes FROM groups GROUP BY record_id),
slips AS (
  SELECT record_id, arg_max(new_day, (moment, place)) FILTER (new_day IS NOT NULL)
    - arg_min(old_day, (moment, place)) FILTER (old_day IS NOT NULL) AS slip_days
  FROM svc_risk_changes WHERE field = 'expected_close' GROUP BY record_id
)
SELECT s.record_id, coalesce(c.pushes, 0) AS pushes, s.slip_days FROM slips s LEFT JOIN counted c ON c.record_id = s.record_id
