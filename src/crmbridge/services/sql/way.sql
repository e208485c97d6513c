-- svc_way: every stage event of every deal up to {cut}, in order, with what it did; how it is told is said in
-- facts/sql/stage_moves.sql. `next_at` is when the row after it begins, NULL on the last.
CREATE OR REPLACE TEMP VIEW svc_way AS
SELECT * EXCLUDE (is_cut, is_final, placed_at, next_placed_at, next_at, next_precision), is_final OR is_cut AS is_last,
  CASE WHEN NOT is_cut THEN next_at END AS next_at, CASE WHEN NOT is_cut THEN next_precision END AS next_precision
FROM (SELECT *, coalesce(next_placed_at > {cut} AND NOT is_inferred, false) AS is_cut FROM {moves} WHERE placed_at IS NULL OR placed_at <= {cut})
