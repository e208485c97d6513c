-- svc_visits: one row a stay in a stage, up to the next move (a noop ends none) or still going on at the cut.
-- dwell_us and dwell_business_days are NULL where a time is unknown, the stay goes on, or the stay is inferred.
CREATE OR REPLACE {made} AS
WITH paused AS (SELECT DISTINCT deal_no FROM svc_way WHERE move = 'noop'),
stays AS (
  SELECT deal_no, k, pipeline, stage, class, rank, is_inferred, moment AS entered_at, precision AS entered_precision,
         NOT is_last AS is_left, next_at AS left_at, next_precision AS left_precision
  FROM svc_way WHERE deal_no NOT IN (FROM paused)
  UNION ALL  -- where something is a noop, the next move is not always the next row
  SELECT deal_no, k, pipeline, stage, class, rank, is_inferred, moment, precision,
         lead(k) OVER w IS NOT NULL, lead(moment) OVER w, lead(precision) OVER w
  FROM svc_way WHERE deal_no IN (FROM paused) AND move <> 'noop' WINDOW w AS (PARTITION BY deal_no ORDER BY k)
),
dated AS (
  SELECT *, svc_day(entered_at, $zone) AS entered_day, svc_day(left_at, $zone) AS left_day FROM stays
)
SELECT v.*,
  CASE WHEN v.is_inferred OR NOT v.is_left THEN NULL
       ELSE svc_span_us(v.entered_at, v.entered_precision, v.left_at, v.left_precision, $zone) END AS dwell_us,
  e.workday_no AS entered_workday_no,
  CASE WHEN v.is_inferred OR NOT v.is_left THEN NULL ELSE l.workday_no - e.workday_no END AS dwell_business_days
FROM dated v
LEFT JOIN calendar_days e ON e.calendar = $calendar AND e.day = v.entered_day
LEFT JOIN calendar_days l ON l.calendar = $calendar AND l.day = v.left_day
