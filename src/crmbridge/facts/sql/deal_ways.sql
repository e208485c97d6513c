-- One row a deal: how far it got and when, out of its moves, of which the last is marked `is_last`.
-- `has_left`: it is known to have come into an open stage and to have gone on from there; `is_straight`: it has only ever
-- gone on, so it was in no stage twice.
SELECT a.deal_no, a.last_placed_at, z.pipeline, z.stage, z.class, z.rank, z.moment AS last_at, z.precision AS last_precision,
  f.class AS first_class, f.moment AS first_at, f.precision AS first_precision, a.* EXCLUDE (deal_no, last_placed_at)
FROM (
  SELECT deal_no, max(placed_at) AS last_placed_at,
    max(rank) FILTER (class = 'open') AS highest, bool_or(class = 'won') AS was_won,
    bool_or(changes_pipeline) AS has_moved, count(moment) = 0 AS is_undated,
    count(*) FILTER (is_inferred) AS gaps, count(*) FILTER (move = 'reopen') + 1 AS episodes,
    count(*) FILTER (changes_state AND class <> 'open') AS closings,
    arg_max(moment, k) FILTER (changes_state AND class <> 'open') AS closed_at,
    arg_max(precision, k) FILTER (changes_state AND class <> 'open') AS closed_precision,
    bool_and(move IN ('create', 'advance', 'skip', 'close_won', 'close_lost', 'close_void')) AS is_straight,
    coalesce(min(k) FILTER (class = 'open' AND NOT is_inferred AND move <> 'noop') < max(k) FILTER (move <> 'noop'), false) AS has_left
  FROM {rows} GROUP BY deal_no
) a
JOIN {rows} z ON z.deal_no = a.deal_no AND z.is_last
JOIN {rows} f ON f.deal_no = a.deal_no AND f.move = 'create'
