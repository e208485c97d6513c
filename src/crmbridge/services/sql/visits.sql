-- svc_visits: one row a stay in a stage, up to the next move (a noop ends none) or still going on at the cut.
CREATE OR REPLACE TEMP VIEW svc_visits AS
WITH paused AS (SELECT DISTINCT deal_no FROM svc_way WHERE move = 'noop')
SELECT deal_no, k, pipeline, stage, class, rank, is_inferred, moment AS entered_at, precision AS entered_precision,
       NOT is_last AS is_left, next_at AS left_at, next_precision AS left_precision
FROM svc_way WHERE deal_no NOT IN (FROM paused)
UNION ALL  -- where something is a noop, the next move is not always the next row
SELECT deal_no, k, pipeline, stage, class, rank, is_inferred, moment, precision,
       lead(k) OVER w IS NOT NULL, lead(moment) OVER w, lead(precision) OVER w
FROM svc_way WHERE deal_no IN (FROM paused) AND move <> 'noop' WINDOW w AS (PARTITION BY deal_no ORDER BY k)
