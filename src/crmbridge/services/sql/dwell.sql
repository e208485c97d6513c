-- Time in stage: the completed visits of a deal together, over the deals that have left the stage. A deal one of whose
-- visits has no known time is counted as unknown, not as zero. In a snapshot: those that left it in the period.
WITH per_deal AS (
  SELECT v.pipeline, v.stage, v.deal_no,
    CASE WHEN count(*) = count(v.dwell_us) THEN sum(v.dwell_us) END AS dwell_us,
    CASE WHEN count(*) = count(v.dwell_business_days) THEN sum(v.dwell_business_days) END AS business_days,
    bool_and(v.is_left) AS is_left, max(v.left_day) AS left_day
  FROM svc_visits v JOIN svc_counted c ON c.deal_no = v.deal_no AND c.pipeline = v.pipeline
  WHERE v.class = 'open' AND NOT v.is_inferred AND c.class <> 'void'
  GROUP BY v.pipeline, v.stage, v.deal_no
)
SELECT pipeline, stage, count(*) AS deals, svc_stats(dwell_us) AS dwell, svc_stats(business_days) AS business
FROM per_deal
WHERE is_left
  AND ($view <> 'snapshot' OR (left_day >= CAST($start AS DATE) AND left_day < CAST($end AS DATE)))
GROUP BY pipeline, stage
