-- stage_moves: every stage event of the deals, in order, with what it did, whatever the moment of a question.
-- One row an event, and one inferred row before each event that starts where the deal was not (a hole in the history); of deals
-- that were deleted or merged there are none.
-- `placed_at` is the time that gives a row its place: its own, else the latest before it; NULL comes first. The row after
-- it begins at `next_at` and is placed at `next_placed_at`; `is_final`: there is none.
-- `deal_no` is `deals.no`: a number sorts and joins in a fraction of the time that an id takes.
-- The plain twin is services/moves.py; the tests hold the two together.
INSERT INTO {moves}
WITH living AS (
  SELECT no AS deal_no, id, pipeline, stage,
    CASE WHEN category IN ('won', 'post_sale') THEN CAST('won' AS {a_class}) WHEN category = 'lost' THEN 'lost'
         WHEN category = 'void' THEN 'void' ELSE 'open' END AS vendor_class
  FROM deals WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') {only_deals}
),
told AS NOT MATERIALIZED (
  SELECT record_id, pipeline, seq, from_stage, to_stage, "at", at_precision FROM stage_events WHERE kind = 'deal' {only_events}
),
undated AS (SELECT DISTINCT record_id FROM told WHERE "at" IS NULL),
placed AS (  -- an event without a time keeps its place by seq
  SELECT *, "at" AS placed_at FROM told WHERE record_id NOT IN (FROM undated)
  UNION ALL
  SELECT *, coalesce("at", max("at") OVER (
    PARTITION BY record_id ORDER BY seq, "at" NULLS FIRST, to_stage ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ))
  FROM told WHERE record_id IN (FROM undated)
),
events AS (  -- a deal without any event: all that is known is where it stands
  SELECT d.deal_no, coalesce(e.seq, 0) AS seq, s.spot, f.spot AS left_spot, e."at" AS moment, e.placed_at,
         CASE WHEN e.at_precision = 'day' THEN CAST('day' AS {a_precision}) ELSE 'exact' END AS precision, d.vendor_class
  FROM living d
  LEFT JOIN placed e ON e.record_id = d.id
  LEFT JOIN spots s ON s.pipeline IS NOT DISTINCT FROM coalesce(e.pipeline, d.pipeline, $sole)
    AND s.name IS NOT DISTINCT FROM CASE WHEN e.record_id IS NULL THEN coalesce(d.stage, 'UNKNOWN') ELSE e.to_stage END
  LEFT JOIN spots f ON f.pipeline IS NOT DISTINCT FROM coalesce(e.pipeline, d.pipeline, $sole) AND f.name = e.from_stage
),
chained AS (
  SELECT *, CAST(row_number() OVER w AS INTEGER) AS n, lag(spot) OVER w AS previous_spot,
         lead(moment) OVER w AS next_at, lead(precision) OVER w AS next_precision, lead(placed_at) OVER w AS next_placed_at
  FROM events
  WINDOW w AS (PARTITION BY deal_no ORDER BY placed_at NULLS FIRST, seq, moment NULLS FIRST, spot)
),
named AS (  -- the vendor's own word on a stage that no pipeline names is of the present
  SELECT c.* EXCLUDE (spot, left_spot, previous_spot, seq, vendor_class), c.next_precision IS NULL AS is_final,
         s.pipeline, s.stage, s.rank, f.stage AS left_stage, coalesce(f.class, 'open') AS left_class, f.rank AS left_rank,
         p.pipeline AS previous_pipeline, p.stage AS previous_stage, p.rank AS previous_rank,
         CASE WHEN c.n > 1 THEN coalesce(p.class, 'open') END AS previous_class,
         coalesce(s.class, CASE WHEN c.next_precision IS NULL THEN c.vendor_class ELSE 'open' END) AS class,
         f.name <> p.name AS is_elsewhere
  FROM chained c
  JOIN spots s ON s.spot = c.spot
  LEFT JOIN spots p ON p.spot = c.previous_spot
  LEFT JOIN spots f ON f.spot = c.left_spot
),
known AS (
  SELECT *, left_stage IS NOT NULL AND (n = 1 OR (is_elsewhere AND left_stage <> previous_stage)) AS is_gap FROM named
),
beside AS (
  SELECT deal_no, 2 * n - i.is_inferred::INT AS k, pipeline, precision, i.is_inferred, is_final AND NOT i.is_inferred AS is_final,
         placed_at, CASE WHEN i.is_inferred THEN placed_at ELSE next_placed_at END AS next_placed_at,
         CASE WHEN i.is_inferred THEN left_stage ELSE stage END AS stage,
         CASE WHEN i.is_inferred THEN left_class ELSE class END AS class,
         CASE WHEN i.is_inferred THEN left_rank ELSE rank END AS rank,
         CASE WHEN NOT i.is_inferred OR n > 1 THEN moment END AS moment,
         CASE WHEN i.is_inferred THEN moment ELSE next_at END AS next_at,
         CASE WHEN i.is_inferred THEN precision ELSE next_precision END AS next_precision,
         CASE WHEN is_gap AND NOT i.is_inferred THEN pipeline ELSE previous_pipeline END AS before_pipeline,
         CASE WHEN is_gap AND NOT i.is_inferred THEN left_stage ELSE previous_stage END AS before_stage,
         CASE WHEN is_gap AND NOT i.is_inferred THEN left_class ELSE previous_class END AS before_class,
         CASE WHEN is_gap AND NOT i.is_inferred THEN left_rank ELSE previous_rank END AS before_rank
  FROM known, (VALUES (false), (true)) i(is_inferred) WHERE NOT i.is_inferred OR is_gap
)
SELECT deal_no, k, pipeline, stage, class, rank, moment, precision, is_inferred, is_final, placed_at, next_placed_at, next_at,
  next_precision,
  CASE
    WHEN before_stage IS NULL THEN CAST('create' AS {a_move})
    WHEN before_pipeline IS NOT DISTINCT FROM pipeline AND before_stage = stage THEN 'noop'
    WHEN stage = 'UNKNOWN' THEN 'unknown_in'
    WHEN before_stage = 'UNKNOWN' THEN 'unknown_out'
    WHEN before_class = 'open' AND class = 'won' THEN 'close_won'
    WHEN before_class = 'open' AND class = 'lost' THEN 'close_lost'
    WHEN before_class = 'open' AND class = 'void' THEN 'close_void'
    WHEN before_class = 'open' AND (before_pipeline IS DISTINCT FROM pipeline OR rank IS NULL OR before_rank IS NULL)
      THEN 'transfer'
    WHEN before_class = 'open' AND rank < before_rank THEN 'regress'
    WHEN before_class = 'open' AND rank = before_rank + 1 THEN 'advance'
    WHEN before_class = 'open' THEN 'skip'
    WHEN class = 'open' THEN 'reopen'
    WHEN before_class = class AND class = 'won' THEN 'after_sale'
    WHEN before_class = class THEN 'relabel'
    WHEN class = 'void' THEN 'close_void'
    WHEN before_class <> 'void' THEN 'correction'
    WHEN class = 'won' THEN 'close_won'
    ELSE 'close_lost'
  END AS move,
  before_class IS DISTINCT FROM class AS changes_state,
  before_stage IS NOT NULL AND before_pipeline IS DISTINCT FROM pipeline AS changes_pipeline
FROM beside
