-- svc_way: every stage event of every deal up to $cut, in order, with what it did.
-- One row an event, and one inferred row before each event that starts where the deal was not (a hole in the history).
-- `deal_no` is the row of the deal in the facts: a number sorts and joins in a fraction of the time that an id takes.
-- The plain twin is moves.py; the tests hold the two together.
CREATE OR REPLACE TEMP TABLE svc_way AS
WITH raw AS MATERIALIZED (  -- a deal without any event: all that is known is where it stands
  SELECT d.rowid AS deal_no, coalesce(e.seq, 0) AS seq, coalesce(e.pipeline, d.pipeline, $sole) AS pipeline, e.from_stage,
         CASE WHEN e.record_id IS NULL THEN coalesce(d.stage, 'UNKNOWN') ELSE e.to_stage END AS to_stage,
         e."at" AS moment, coalesce(e.at_precision, 'exact') AS precision, d.category AS vendor_category
  FROM deals d LEFT JOIN (FROM stage_events WHERE kind = 'deal') e ON e.record_id = d.id
  WHERE coalesce(d.lifecycle, 'active') NOT IN ('deleted', 'merged')
),
undated AS (SELECT DISTINCT deal_no FROM raw WHERE moment IS NULL),
placed AS (  -- an event without a time keeps its place by seq
  SELECT *, moment AS placed_at FROM raw WHERE deal_no NOT IN (FROM undated)
  UNION ALL
  SELECT *, coalesce(moment, max(moment) OVER (
    PARTITION BY deal_no ORDER BY seq, moment NULLS FIRST, to_stage ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ))
  FROM raw WHERE deal_no IN (FROM undated)
),
mapped AS (
  SELECT r.deal_no, r.seq, r.pipeline, r.moment, r.precision, r.placed_at, r.vendor_category,
         r.from_stage AS raw_from, r.to_stage AS raw_to,
         CASE WHEN t.key IS NULL THEN 'UNKNOWN' ELSE r.to_stage END AS stage, t.class, t.rank,
         CASE WHEN r.from_stage IS NULL THEN NULL WHEN f.key IS NULL THEN 'UNKNOWN' ELSE r.from_stage END AS left_stage,
         coalesce(f.class, 'open') AS left_class, f.rank AS left_rank
  FROM placed r
  LEFT JOIN svc_stages t ON t.pipeline = r.pipeline AND t.key = r.to_stage
  LEFT JOIN svc_stages f ON f.pipeline = r.pipeline AND f.key = r.from_stage
),
chained AS (
  SELECT *, row_number() OVER w AS n, lag(raw_to) OVER w AS previous_raw, lag(pipeline) OVER w AS previous_pipeline,
         lag(stage) OVER w AS previous_stage, coalesce(lag(class) OVER w, 'open') AS previous_class,
         lag(rank) OVER w AS previous_rank, lead(true) OVER w AS has_next, lead(placed_at) OVER w AS next_placed_at
  FROM mapped WINDOW w AS (PARTITION BY deal_no ORDER BY placed_at NULLS FIRST, seq, moment NULLS FIRST, raw_to)
),
known AS MATERIALIZED (
  SELECT deal_no, n, pipeline, stage, rank, moment, precision, left_stage, left_class, left_rank,
         previous_pipeline, previous_stage, previous_class, previous_rank,
         coalesce(class, CASE WHEN has_next THEN 'open'
                              WHEN vendor_category IN ('won', 'post_sale') THEN 'won'
                              WHEN vendor_category IN ('lost', 'void') THEN vendor_category
                              ELSE 'open' END) AS class,
         has_next IS NULL OR coalesce(next_placed_at > $cut, false) AS is_last,
         raw_from IS NOT NULL
           AND (n = 1 OR (raw_from <> previous_raw AND left_stage <> previous_stage)) AS is_gap
  FROM chained WHERE placed_at IS NULL OR placed_at <= $cut
),
beside AS (
  SELECT deal_no, 2 * n AS k, pipeline, stage, class, rank, moment, precision, false AS is_inferred, is_last,
         CASE WHEN is_gap THEN pipeline ELSE previous_pipeline END AS before_pipeline,
         CASE WHEN is_gap THEN left_stage ELSE previous_stage END AS before_stage,
         CASE WHEN is_gap THEN left_class WHEN n > 1 THEN previous_class END AS before_class,
         CASE WHEN is_gap THEN left_rank ELSE previous_rank END AS before_rank
  FROM known
  UNION ALL
  SELECT deal_no, 2 * n - 1, pipeline, left_stage, left_class, left_rank, CASE WHEN n = 1 THEN NULL ELSE moment END,
         precision, true, false, previous_pipeline, previous_stage, CASE WHEN n > 1 THEN previous_class END, previous_rank
  FROM known WHERE is_gap
)
SELECT deal_no, k, pipeline, stage, class, rank, moment, precision, is_inferred, is_last,
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
