-- svc_moves: every stage event of every deal up to $cut, in order, with what it did.
-- One row an event, and one inferred row before each event that starts where the deal was not (a hole in the history).
-- The plain twin is moves.py; the tests hold the two together.
CREATE OR REPLACE TEMP TABLE svc_moves AS
WITH raw AS (
  SELECT d.id AS record_id, e.seq, coalesce(e.pipeline, d.pipeline, $sole) AS pipeline, e.from_stage, e.to_stage,
         e."at" AS moment, coalesce(e.at_precision, 'exact') AS precision, d.category AS vendor_category
  FROM deals d JOIN stage_events e ON e.record_id = d.id AND e.kind = 'deal'
  WHERE coalesce(d.lifecycle, 'active') NOT IN ('deleted', 'merged')
  UNION ALL  -- a deal without any event: all that is known is where it stands
  SELECT d.id, 0, coalesce(d.pipeline, $sole), NULL, coalesce(d.stage, 'UNKNOWN'), NULL, 'exact', d.category
  FROM deals d
  WHERE coalesce(d.lifecycle, 'active') NOT IN ('deleted', 'merged')
    AND NOT EXISTS (FROM stage_events e WHERE e.record_id = d.id AND e.kind = 'deal')
),
placed AS (  -- an event without a time keeps its place by seq
  SELECT *, coalesce(moment, max(moment) OVER (
    PARTITION BY record_id ORDER BY seq, moment NULLS FIRST, to_stage ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  )) AS placed_at
  FROM raw
),
numbered AS (
  SELECT *,
         row_number() OVER (PARTITION BY record_id ORDER BY placed_at NULLS FIRST, seq, moment NULLS FIRST, to_stage) AS n,
         count(*) OVER (PARTITION BY record_id) AS events
  FROM placed
),
mapped AS (
  SELECT r.record_id, r.n, r.pipeline, r.moment, r.precision, r.from_stage AS raw_from, r.to_stage AS raw_to,
         CASE WHEN t.key IS NULL THEN 'UNKNOWN' ELSE r.to_stage END AS stage,
         coalesce(t.class, CASE WHEN r.n < r.events THEN 'open'
                                WHEN r.vendor_category IN ('won', 'post_sale') THEN 'won'
                                WHEN r.vendor_category IN ('lost', 'void') THEN r.vendor_category
                                ELSE 'open' END) AS class,
         t.rank,
         CASE WHEN r.from_stage IS NULL THEN NULL WHEN f.key IS NULL THEN 'UNKNOWN' ELSE r.from_stage END AS left_stage,
         coalesce(f.class, 'open') AS left_class, f.rank AS left_rank
  FROM numbered r
  LEFT JOIN svc_stages t ON t.pipeline = r.pipeline AND t.key = r.to_stage
  LEFT JOIN svc_stages f ON f.pipeline = r.pipeline AND f.key = r.from_stage
  WHERE r.placed_at IS NULL OR r.placed_at <= $cut
),
chained AS (
  SELECT *, lag(raw_to) OVER w AS previous_raw, lag(stage) OVER w AS previous_stage,
         lag(n) OVER w IS NULL AS is_first
  FROM mapped WINDOW w AS (PARTITION BY record_id ORDER BY n)
),
filled AS (
  SELECT record_id, 2 * n AS k, pipeline, stage, class, rank, moment, precision, false AS is_inferred FROM chained
  UNION ALL
  SELECT record_id, 2 * n - 1, pipeline, left_stage, left_class, left_rank,
         CASE WHEN is_first THEN NULL ELSE moment END, precision, true
  FROM chained
  WHERE raw_from IS NOT NULL
    AND (is_first OR (raw_from <> previous_raw AND left_stage <> previous_stage))
),
beside AS (
  SELECT *, lag(pipeline) OVER w AS before_pipeline, lag(stage) OVER w AS before_stage,
         lag(class) OVER w AS before_class, lag(rank) OVER w AS before_rank
  FROM filled WINDOW w AS (PARTITION BY record_id ORDER BY k)
)
SELECT *,
  CASE
    WHEN before_stage IS NULL THEN 'create'
    WHEN before_pipeline IS NOT DISTINCT FROM pipeline AND before_stage = stage THEN 'noop'
    WHEN stage = 'UNKNOWN' THEN 'unknown_in'
    WHEN before_stage = 'UNKNOWN' THEN 'unknown_out'
    WHEN before_class = 'open' AND class <> 'open' THEN 'close_' || class
    WHEN before_class = 'open' AND (before_pipeline IS DISTINCT FROM pipeline OR rank IS NULL OR before_rank IS NULL)
      THEN 'transfer'
    WHEN before_class = 'open' AND rank < before_rank THEN 'regress'
    WHEN before_class = 'open' THEN CASE WHEN rank = before_rank + 1 THEN 'advance' ELSE 'skip' END
    WHEN class = 'open' THEN 'reopen'
    WHEN before_class = class THEN CASE WHEN class = 'won' THEN 'after_sale' ELSE 'relabel' END
    WHEN 'void' NOT IN (before_class, class) THEN 'correction'
    ELSE 'close_' || class
  END AS move,
  before_class IS DISTINCT FROM class AS changes_state
FROM beside
