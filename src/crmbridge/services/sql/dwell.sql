-- Time in stage (in business days too, where a stage has its limit in them): the completed visits of a deal together,
-- over the deals that have left the stage. A deal one of whose visits has no known time is counted as unknown, not as
-- zero. In a snapshot: those that left it in the period.
WITH stays AS NOT MATERIALIZED (
  SELECT c.pipeline, v.stage, v.deal_no, c.is_straight, v.is_left,
    svc_span_us(v.entered_at, v.entered_precision, v.left_at, v.left_precision, $zone) AS dwell_us,
    CASE WHEN $in_business_days THEN svc_day(v.entered_at, $zone) END AS entered_day,
    CASE WHEN $in_business_days OR $view = 'snapshot' THEN svc_day(v.left_at, $zone) END AS left_day
  FROM svc_visits v JOIN svc_counted c ON c.deal_no = v.deal_no AND c.pipeline = v.pipeline
  WHERE v.class = 'open' AND NOT v.is_inferred AND c.class <> 'void'
),
timed AS NOT MATERIALIZED (
  SELECT s.*, l.workday_no - e.workday_no AS business_days
  FROM stays s
  LEFT JOIN calendar_days e ON e.calendar = $calendar AND e.day = s.entered_day
  LEFT JOIN calendar_days l ON l.calendar = $calendar AND l.day = s.left_day
),
per_deal AS (
  SELECT pipeline, stage, is_left, left_day, dwell_us, business_days FROM timed WHERE is_straight
  UNION ALL  -- only a deal that went back or was closed can have been in a stage more than once
  SELECT pipeline, stage, bool_and(is_left), max(left_day),
    CASE WHEN count(*) = count(dwell_us) THEN sum(dwell_us)::BIGINT END,
    CASE WHEN count(*) = count(business_days) THEN sum(business_days)::BIGINT END
  FROM timed WHERE NOT is_straight GROUP BY pipeline, stage, deal_no
)
SELECT pipeline, stage, count(*) AS deals, svc_stats(dwell_us) AS dwell, svc_stats(business_days) AS business
FROM per_deal
WHERE is_left
  AND ($view <> 'snapshot' OR (left_day >= CAST($start AS DATE) AND left_day < CAST($end AS DATE)))
GROUP BY pipeline, stage
