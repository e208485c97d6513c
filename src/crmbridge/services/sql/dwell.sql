-- Time in stage (in business days too, where that is the unit of the stage's limit): the completed visits of a deal together, over the deals that have left the stage. A deal one of whose
-- visits has no known time is counted as unknown, not as zero. In a snapshot: those that left it in the period.
WITH stays AS (
  SELECT c.pipeline, v.stage, v.deal_no, v.is_left,
    svc_span_us(v.entered_at, v.entered_precision, v.left_at, v.left_precision, $zone) AS dwell_us,
    CASE WHEN t.sla_unit = 'business' THEN svc_day(v.entered_at, $zone) END AS entered_day,
    CASE WHEN t.sla_unit = 'business' OR $view = 'snapshot' THEN svc_day(v.left_at, $zone) END AS left_day
  FROM svc_visits v JOIN svc_counted c ON c.deal_no = v.deal_no AND c.pipeline = v.pipeline
  LEFT JOIN svc_stages t ON t.pipeline = c.pipeline AND t.key = v.stage
  WHERE v.class = 'open' AND NOT v.is_inferred AND c.class <> 'void'
),
per_deal AS (
  SELECT s.pipeline, s.stage, s.deal_no, bool_and(s.is_left) AS is_left, max(s.left_day) AS left_day,
    CASE WHEN count(*) = count(s.dwell_us) THEN sum(s.dwell_us) END AS dwell_us,
    CASE WHEN count(*) = count(l.workday_no - e.workday_no) THEN sum(l.workday_no - e.workday_no) END AS business_days
  FROM stays s
  LEFT JOIN calendar_days e ON e.calendar = $calendar AND e.day = s.entered_day
  LEFT JOIN calendar_days l ON l.calendar = $calendar AND l.day = s.left_day
  GROUP BY s.pipeline, s.stage, s.deal_no
)
SELECT pipeline, stage, count(*) AS deals, svc_stats(dwell_us) AS dwell, svc_stats(business_days) AS business
FROM per_deal
WHERE is_left
  AND ($view <> 'snapshot' OR (left_day >= CAST($start AS DATE) AND left_day < CAST($end AS DATE)))
GROUP BY pipeline, stage
