-- svc_answers: for each lead the working seconds until its first answer (or until $cut), and how many it may take.
-- The clock starts at creation or assignment, whichever is later. Where a time is known only to the day, whole workdays
-- count. NULL where a time or the calendar is unknown, and for a converted lead of which no answer is recorded.
CREATE OR REPLACE TEMP TABLE svc_answers AS
WITH begun AS (
  SELECT l.id, l.tier, st.is_converted, l.converted_at, l.first_response_at,
    greatest(l.created_at, l.assigned_at) AS started,
    coalesce(l.created_at_precision = 'day', false) OR coalesce(l.assigned_at_precision = 'day', false) AS by_day,
    coalesce(l.first_response_at_precision = 'day', false) AS answered_by_day
  FROM leads l JOIN svc_leads st ON st.id = l.id
),
sent AS (
  SELECT a.lead_id, coalesce(a.started_at, a.ended_at, a.logged_at) AS moment,
    'day' IN (coalesce(a.started_at_precision, ''), coalesce(a.ended_at_precision, '')) AS by_day
  FROM activities a
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.counts_as_touch, true)
    AND NOT coalesce(a.automated, false) AND coalesce(a.state, 'done') = 'done' AND coalesce(a.direction, 'out') = 'out'
    AND a.type NOT IN ('note', 'web_event', 'form')
),
first_sent AS (
  SELECT b.id, min(s.moment) AS moment, bool_or(s.by_day) AS by_day
  FROM begun b JOIN sent s ON s.lead_id = b.id
  WHERE s.moment <= $cut
    AND CASE WHEN b.by_day OR s.by_day THEN svc_day(s.moment, $zone) >= svc_day(b.started, $zone) ELSE s.moment >= b.started END
  GROUP BY b.id
),
ended AS (
  SELECT b.id, b.tier, b.started, least(b.first_response_at, f.moment, b.converted_at) AS answered, b.is_converted,
    b.by_day OR b.answered_by_day OR coalesce(f.by_day, false) AS by_day
  FROM begun b LEFT JOIN first_sent f ON f.id = b.id
),
clocked AS (
  SELECT *, coalesce(answered, CASE WHEN NOT is_converted THEN CAST($cut AS TIMESTAMP) END) AS stopped FROM ended
),
placed AS (
  SELECT c.*, a.workday_no AS a_no, a.is_workday AS a_works, b.workday_no AS b_no, b.is_workday AS b_works,
    svc_second(c.started, $zone) AS a_second, svc_second(c.stopped, $zone) AS b_second
  FROM clocked c
  LEFT JOIN calendar_days a ON a.calendar = $calendar AND a.day = svc_day(c.started, $zone)
  LEFT JOIN calendar_days b ON b.calendar = $calendar AND b.day = svc_day(c.stopped, $zone)
)
SELECT id AS record_id, answered IS NOT NULL AS is_answered,
  CASE WHEN by_day THEN (b_no - a_no) * {day_s}
       ELSE (b_no - b_works::INT - a_no + a_works::INT) * {day_s}
            + CASE WHEN b_works THEN {worked_b} ELSE 0 END - CASE WHEN a_works THEN {worked_a} ELSE 0 END
  END AS taken_s,
  {limit} AS limit_s
FROM placed
