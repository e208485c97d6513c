-- One row a stay in a stage, out of the rows of svc_way in {way}: up to the next move (a noop ends none), or still going on at
-- the cut.
WITH paused AS (SELECT DISTINCT deal_no FROM {way} WHERE move = 'noop')
SELECT deal_no, k, pipeline, stage, class, rank, is_inferred, moment AS entered_at, precision AS entered_precision,
       NOT is_last AS is_left, next_at AS left_at, next_precision AS left_precision
FROM {way} WHERE deal_no NOT IN (FROM paused)
UNION ALL  -- where something is a noop, the next move is not always the next row
SELECT deal_no, k, pipeline, stage, class, rank, is_inferred, moment, precision,
       lead(k) OVER w IS NOT NULL, lead(moment) OVER w, lead(precision) OVER w
FROM {way} WHERE deal_no IN (FROM paused) AND move <> 'noop' WINDOW w AS (PARTITION BY deal_no ORDER BY k)
