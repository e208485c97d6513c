-- svc_spells: what takes a second look at the moves of a deal, and is asked of few. Of those that have been in another
-- pipeline, how far they got in their present one. Of those that closed more than once, or closed and are open again, when they
-- last closed, and the time spent closed before the last change of state (`shut_us`): their spells of open, won, lost, void
-- are told apart.
CREATE OR REPLACE TEMP TABLE svc_spells AS
WITH few AS (
  SELECT deal_no, pipeline, has_moved, closings > CASE class WHEN 'open' THEN 0 ELSE 1 END AS is_again
  FROM (FROM {ways} WHERE last_placed_at IS NULL OR last_placed_at <= $cut UNION ALL FROM svc_earlier) WHERE has_moved OR is_again
),
moves AS MATERIALIZED (
  SELECT m.*, m.pipeline IS NOT DISTINCT FROM f.pipeline AS is_home, f.is_again
  FROM few f JOIN {moves} m ON m.deal_no = f.deal_no WHERE m.placed_at IS NULL OR m.placed_at <= $cut
),
homes AS (
  SELECT deal_no, max(rank) FILTER (class = 'open' AND is_home) AS highest, bool_or(class = 'won' AND is_home) AS was_won, any_value(is_again) AS is_again
  FROM moves GROUP BY deal_no
),
spells AS (
  SELECT deal_no, class, moment, precision, lead(k) OVER w IS NULL AS is_present,
         svc_span_us(moment, precision, lead(moment) OVER w, lead(precision) OVER w, $zone) AS span_us
  FROM moves WHERE changes_state AND is_again
  WINDOW w AS (PARTITION BY deal_no ORDER BY k)
),
again AS (
  SELECT deal_no, any_value(moment) FILTER (is_present AND class <> 'open') AS closed_at,
    any_value(precision) FILTER (is_present AND class <> 'open') AS closed_precision,
    CASE WHEN count(*) FILTER (shut) = count(span_us) FILTER (shut) THEN coalesce(sum(span_us) FILTER (shut), 0)::BIGINT END AS shut_us
  FROM (SELECT *, class <> 'open' AND NOT is_present AS shut FROM spells) GROUP BY deal_no
)
SELECT h.*, a.* EXCLUDE (deal_no) FROM homes h LEFT JOIN again a ON a.deal_no = h.deal_no
