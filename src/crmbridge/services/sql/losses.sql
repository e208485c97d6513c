-- Lost deals by reason, by reason and the stage that they got to, and by competitor: how many, and their amounts.
-- `by_reason`, `by_stage` and `by_competitor` tell which of the three a row is; what nobody filled in is a row too.
WITH lost AS (
  SELECT c.pipeline::VARCHAR AS pipeline, t.key AS stage, t.rank, c.amount_e4,
         lower(nullif(trim(d.reason), '')) AS reason, nullif(trim(d.reason), '') AS reason_shown,
         lower(nullif(trim(d.competitor), '')) AS competitor, nullif(trim(d.competitor), '') AS competitor_shown
  FROM svc_counted c
  JOIN deals d ON d.no = c.deal_no
  LEFT JOIN svc_stages t ON t.pipeline = c.pipeline AND t.rank = c.furthest AND t.class = 'open'
  WHERE c.state = 'lost'
)
SELECT grouping(reason) = 0 AS by_reason, grouping(rank) = 0 AS by_stage, grouping(competitor) = 0 AS by_competitor,
       pipeline, stage, reason, min(reason_shown) AS reason_shown, competitor, min(competitor_shown) AS competitor_shown,
       count(*) AS lost, svc_amount(amount_e4, true) AS amount
FROM lost
GROUP BY GROUPING SETS ((reason), (pipeline, stage, rank, reason), (competitor))
ORDER BY by_competitor, by_stage, pipeline, rank NULLS LAST, lost DESC, reason NULLS LAST, competitor NULLS LAST
