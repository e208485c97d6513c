-- svc_ages: the deals now in an open stage and how long they have been there at $cut: this visit, and with earlier ones.
-- sla_age is in the stage's own unit and by its own clock; NULL where an entry time or the calendar is not known.
CREATE OR REPLACE TEMP TABLE svc_ages AS
WITH stays AS (
  SELECT v.*, svc_span_us(v.entered_at, v.entered_precision, CAST($cut AS TIMESTAMP), 'exact', $zone) AS open_us,
         today.workday_no - v.entered_workday_no AS open_business_days
  FROM svc_visits v
  LEFT JOIN calendar_days today ON today.calendar = $calendar AND today.day = svc_day(CAST($cut AS TIMESTAMP), $zone)
  WHERE NOT v.is_inferred
),
ages AS (
  SELECT c.record_id, c.pipeline, c.stage, c.is_on_hold,
    max(v.entered_at) FILTER (NOT v.is_left) AS entered_at,
    max(v.open_us) FILTER (NOT v.is_left) AS visit_us,
    CASE WHEN count(*) = count(CASE WHEN v.is_left THEN v.dwell_us ELSE v.open_us END)
         THEN sum(CASE WHEN v.is_left THEN v.dwell_us ELSE v.open_us END) END AS cumulative_us,
    max(v.open_business_days) FILTER (NOT v.is_left) AS visit_business_days,
    CASE WHEN count(*) = count(CASE WHEN v.is_left THEN v.dwell_business_days ELSE v.open_business_days END)
         THEN sum(CASE WHEN v.is_left THEN v.dwell_business_days ELSE v.open_business_days END)
    END AS cumulative_business_days
  FROM svc_counted c JOIN stays v ON v.deal_no = c.deal_no AND v.pipeline = c.pipeline AND v.stage = c.stage
  WHERE c.state = 'open'
  GROUP BY c.record_id, c.pipeline, c.stage, c.is_on_hold
)
SELECT a.*, t.sla_days, t.sla_unit,
  CASE WHEN t.sla_unit = 'business' AND t.sla_clock = 'visit' THEN a.visit_business_days * 86400000000
       WHEN t.sla_unit = 'business' THEN a.cumulative_business_days * 86400000000
       WHEN t.sla_clock = 'visit' THEN a.visit_us ELSE a.cumulative_us END AS sla_age_us
FROM ages a JOIN svc_stages t ON t.pipeline = a.pipeline AND t.key = a.stage
