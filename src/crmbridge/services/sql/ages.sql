-- svc_ages: the deals in an open stage and how long they have been there at $cut: this visit, and with earlier ones.
-- sla_age is in the stage's own unit and by its own clock; NULL where an entry time or the calendar is not known.
CREATE OR REPLACE {made} AS
WITH stays AS (  -- each up to the next move, or to the cut
  SELECT s.deal_no, s.pipeline, s.stage, s.is_on_hold, v.is_left, v.entered_at,
    svc_day(v.entered_at, $zone) AS entered_day,
    svc_day(CASE WHEN v.is_left THEN v.left_at ELSE CAST($cut AS TIMESTAMP) END, $zone) AS ended_day,
    svc_span_us(v.entered_at, v.entered_precision, CASE WHEN v.is_left THEN v.left_at ELSE CAST($cut AS TIMESTAMP) END,
                v.left_precision, $zone) AS stay_us
  FROM svc_states s JOIN svc_visits v ON v.deal_no = s.deal_no AND v.pipeline = s.pipeline AND v.stage = s.stage
  WHERE s.state = 'open' AND NOT v.is_inferred
),
counted AS (
  SELECT s.*, l.workday_no - e.workday_no AS stay_business_days
  FROM stays s
  LEFT JOIN calendar_days e ON e.calendar = $calendar AND e.day = s.entered_day
  LEFT JOIN calendar_days l ON l.calendar = $calendar AND l.day = s.ended_day
),
ages AS (
  SELECT deal_no, pipeline, stage, is_on_hold,
    max(entered_at) FILTER (NOT is_left) AS entered_at,
    max(stay_us) FILTER (NOT is_left) AS visit_us,
    CASE WHEN count(*) = count(stay_us) THEN sum(stay_us) END AS cumulative_us,
    max(stay_business_days) FILTER (NOT is_left) AS visit_business_days,
    CASE WHEN count(*) = count(stay_business_days) THEN sum(stay_business_days) END AS cumulative_business_days
  FROM counted GROUP BY deal_no, pipeline, stage, is_on_hold
)
SELECT a.*, t.sla_days, t.sla_unit,
  CASE WHEN t.sla_unit = 'business' AND t.sla_clock = 'visit' THEN a.visit_business_days * 86400000000
       WHEN t.sla_unit = 'business' THEN a.cumulative_business_days * 86400000000
       WHEN t.sla_clock = 'visit' THEN a.visit_us ELSE a.cumulative_us END AS sla_age_us
FROM ages a JOIN svc_stages t ON t.pipeline = a.pipeline AND t.key = a.stage
