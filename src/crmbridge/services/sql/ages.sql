-- svc_ages: the deals in an open stage and how long they have been there at $cut: this visit, and with earlier ones.
-- sla_age is in the stage's own unit and by its own clock; NULL where an entry time or the calendar is not known.
CREATE OR REPLACE {made} AS
WITH turning AS MATERIALIZED (  -- the deals that have not only gone on
  SELECT w.* FROM svc_states s JOIN svc_way w ON w.deal_no = s.deal_no WHERE s.state = 'open' AND NOT s.is_straight
),
spells AS ({visits_of_turning}),
visits AS (  -- a deal that has only ever gone on came into its stage by its last move
  SELECT deal_no, pipeline, stage, is_on_hold, false AS is_left, came_at AS entered_at, came_precision AS entered_precision,
    CAST($cut AS TIMESTAMP) AS ended_at, NULL AS ended_precision
  FROM svc_states WHERE state = 'open' AND is_straight
  UNION ALL  -- each stay of the others, up to the next move or to the cut
  SELECT s.deal_no, s.pipeline, s.stage, s.is_on_hold, v.is_left, v.entered_at, v.entered_precision,
    CASE WHEN v.is_left THEN v.left_at ELSE CAST($cut AS TIMESTAMP) END, v.left_precision
  FROM svc_states s JOIN spells v ON v.deal_no = s.deal_no AND v.pipeline = s.pipeline AND v.stage = s.stage
  WHERE s.state = 'open' AND NOT v.is_inferred
),
stays AS (
  SELECT deal_no, pipeline, stage, is_on_hold, is_left, entered_at, svc_day(entered_at, $zone) AS entered_day,
    svc_day(ended_at, $zone) AS ended_day, svc_span_us(entered_at, entered_precision, ended_at, ended_precision, $zone) AS stay_us
  FROM visits
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
