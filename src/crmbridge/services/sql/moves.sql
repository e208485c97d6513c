-- svc_way: every stage event of every deal up to $cut, in order, with what it did.
-- One row an event, and one inferred row before each event that starts where the deal was not (a hole in the history).
-- `deal_no` is the row of the deal in the facts: a number sorts and joins in a fraction of the time that an id takes.
-- `next_at` is when the row after it begins, NULL on the last.
-- The plain twin is moves.py; the tests hold the two together.
CREATE OR REPLACE {made} AS
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
         r.from_stage AS raw_from, r.to_stage AS raw_to, t.rowid AS stage_no
  FROM placed r LEFT JOIN svc_stages t ON t.pipeline = r.pipeline AND t.key = r.to_stage
),
chained AS (
  SELECT *, row_number() OVER w AS n, lag(raw_to) OVER w AS previous_raw, lag(pipeline) OVER w AS previous_pipeline,
         lag(stage_no) OVER w AS previous_no, lead(true) OVER w AS has_next, lead(placed_at) OVER w AS next_placed_at,
         lead(moment) OVER w AS next_at, lead(precision) OVER w AS next_precision
  FROM mapped WINDOW w AS (PARTITION BY deal_no ORDER BY placed_at NULLS FIRST, seq, moment NULLS FIRST, raw_to)
),
told AS (
  SELECT c.deal_no, c.n, c.pipeline, coalesce(t.key, 'UNKNOWN') AS stage, t.rank, c.moment, c.precision,
         CASE WHEN c.raw_from IS NULL THEN NULL ELSE coalesce(f.key, 'UNKNOWN') END AS left_stage,
         coalesce(f.class, 'open') AS left_class, f.rank AS left_rank, c.previous_pipeline,
         CASE WHEN c.n > 1 THEN coalesce(p.key, 'UNKNOWN') END AS previous_stage,
         CASE WHEN c.n > 1 THEN coalesce(p.class, 'open') END AS previous_class, p.rank AS previous_rank,
         coalesce(t.class, CASE WHEN c.has_next THEN 'open'
                                WHEN c.vendor_category IN ('won', 'post_sale') THEN 'won'
                                WHEN c.vendor_category IN ('lost', 'void') THEN c.vendor_category
                                ELSE 'open' END) AS class,
         c.has_next IS NULL OR coalesce(c.next_placed_at > $cut, false) AS is_last, c.next_at, c.next_precision,
         c.raw_from <> c.previous_raw AS is_elsewhere
  FROM chained c
  LEFT JOIN svc_stages t ON t.rowid = c.stage_no
  LEFT JOIN svc_stages p ON p.rowid = c.previous_no
  LEFT JOIN svc_stages f ON f.pipeline = c.pipeline AND f.key = c.raw_from
  WHERE c.placed_at IS NULL OR c.placed_at <= $cut
),
known AS (
  SELECT *, left_stage IS NOT NULL AND (n = 1 OR (is_elsewhere AND left_stage <> previous_stage)) AS is_gap FROM told
),
beside AS (
  SELECT deal_no, 2 * n - i.is_inferred::INT AS k, pipeline, precision, i.is_inferred, is_last AND NOT i.is_inferred AS is_last,
         CASE WHEN i.is_inferred THEN left_stage ELSE stage END AS stage,
         CASE WHEN i.is_inferred THEN left_class ELSE class END AS class,
         CASE WHEN i.is_inferred THEN left_rank ELSE rank END AS rank,
         CASE WHEN NOT i.is_inferred OR n > 1 THEN moment END AS moment,
         CASE WHEN i.is_inferred THEN moment WHEN NOT is_last THEN next_at END AS next_at,
         CASE WHEN i.is_inferred THEN precision WHEN NOT is_last THEN next_precision END AS next_precision,
         CASE WHEN is_gap AND NOT i.is_inferred THEN pipeline ELSE previous_pipeline END AS before_pipeline,
         CASE WHEN is_gap AND NOT i.is_inferred THEN left_stage ELSE previous_stage END AS before_stage,
         CASE WHEN is_gap AND NOT i.is_inferred THEN left_class ELSE previous_class END AS before_class,
         CASE WHEN is_gap AND NOT i.is_inferred THEN left_rank ELSE previous_rank END AS before_rank
  FROM known, (VALUES (false), (true)) i(is_inferred) WHERE NOT i.is_inferred OR is_gap
)
SELECT deal_no, k, pipeline, stage, class, rank, moment, precision, is_inferred, is_last, next_at, next_precision,
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
