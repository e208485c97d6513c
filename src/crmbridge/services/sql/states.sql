-- svc_states: one row a deal that existed at $cut: where it stood, how far it got, when it last closed, its cycle.
-- `state` is what it counts as; `class` is the state without looking at whether the stage is mapped. `has_left`: it is
-- known to have come into an open stage and to have gone on from there; `is_straight`: it has only ever gone on, so it was
-- in no stage twice.
CREATE OR REPLACE {made} AS
WITH ways AS (
  SELECT deal_no,
    any_value(pipeline) FILTER (is_last) AS pipeline, any_value(stage) FILTER (is_last) AS stage,
    any_value(class) FILTER (is_last) AS class, any_value(rank) FILTER (is_last) AS rank,
    any_value(class) FILTER (move = 'create') AS first_class, any_value(moment) FILTER (move = 'create') AS first_at,
    any_value(precision) FILTER (move = 'create') AS first_precision,
    max(rank) FILTER (class = 'open') AS highest, bool_or(class = 'won') AS was_won,
    bool_or(changes_pipeline) AS has_moved, count(moment) = 0 AS is_undated,
    count(*) FILTER (is_inferred) AS gaps, count(*) FILTER (move = 'reopen') + 1 AS episodes,
    count(*) FILTER (changes_state AND class <> 'open') AS closings,
    any_value(moment) FILTER (changes_state AND class <> 'open') AS closed_at,
    any_value(precision) FILTER (changes_state AND class <> 'open') AS closed_precision,
    bool_and(move IN ('create', 'advance', 'skip', 'close_won', 'close_lost', 'close_void')) AS is_straight,
    coalesce(min(k) FILTER (class = 'open' AND NOT is_inferred AND move <> 'noop') < max(k) FILTER (move <> 'noop'), false) AS has_left
  FROM svc_way GROUP BY deal_no
),
-- Few deals have been in another pipeline: how far those got in their present one.
homes AS (
  SELECT m.deal_no, max(m.rank) FILTER (m.class = 'open') AS highest, bool_or(m.class = 'won') AS was_won
  FROM svc_way m JOIN ways w ON w.deal_no = m.deal_no AND w.pipeline IS NOT DISTINCT FROM m.pipeline
  WHERE w.has_moved GROUP BY m.deal_no
),
-- Few deals closed more than once, or closed and are open again: their spells of open, won, lost, void are told apart.
spells AS (
  SELECT m.deal_no, m.class, m.moment, m.precision, lead(m.k) OVER w IS NULL AS is_present,
         svc_span_us(m.moment, m.precision, lead(m.moment) OVER w, lead(m.precision) OVER w, $zone) AS span_us
  FROM svc_way m
  WHERE m.changes_state AND m.deal_no IN (SELECT deal_no FROM ways WHERE closings > CASE class WHEN 'open' THEN 0 ELSE 1 END)
  WINDOW w AS (PARTITION BY m.deal_no ORDER BY m.k)
),
again AS (  -- shut_us: the time spent closed before the last change of state
  SELECT deal_no, any_value(moment) FILTER (is_present AND class <> 'open') AS closed_at,
    any_value(precision) FILTER (is_present AND class <> 'open') AS closed_precision,
    CASE WHEN count(*) FILTER (shut) = count(span_us) FILTER (shut) THEN coalesce(sum(span_us) FILTER (shut), 0)::BIGINT END AS shut_us
  FROM (SELECT *, class <> 'open' AND NOT is_present AS shut FROM spells) GROUP BY deal_no
),
heights AS (SELECT pipeline, count(*) FILTER (class = 'open') AS open_stages FROM svc_stages GROUP BY pipeline),
paid AS (  -- each currency is looked up once
  SELECT DISTINCT amount_currency AS currency, list_contains($currencies, coalesce(amount_currency, $currency)) AS is_currency
  FROM deals
),
joined AS (
  SELECT d.rowid AS deal_no, w.pipeline, w.stage, w.class, w.rank, w.stage = 'UNKNOWN' AS is_unmapped,
    CAST(CASE WHEN w.stage = 'UNKNOWN' AND w.class = 'open' THEN 'unknown' ELSE w.class::VARCHAR END AS svc_state) AS state,
    CASE WHEN h.open_stages IS NULL THEN NULL
         WHEN w.class = 'won' THEN h.open_stages + 1
         WHEN CASE WHEN w.has_moved THEN r.was_won ELSE w.was_won END THEN nullif(h.open_stages, 0)
         WHEN w.has_moved THEN r.highest ELSE w.highest END AS furthest,
    CASE WHEN a.deal_no IS NULL THEN w.closed_at ELSE a.closed_at END AS closed_at,
    CASE WHEN a.deal_no IS NULL THEN w.closed_precision ELSE a.closed_precision END AS closed_precision,
    CASE WHEN w.first_class = 'open' AND w.first_at IS NOT NULL THEN w.first_at ELSE d.created_at END AS start_at,
    CASE WHEN w.first_class = 'open' AND w.first_at IS NOT NULL THEN w.first_precision::VARCHAR ELSE d.created_at_precision END AS start_precision,
    svc_day(coalesce(d.created_at, CASE WHEN w.first_class = 'open' THEN w.first_at END), $zone) AS created_day,
    CASE WHEN a.deal_no IS NULL THEN 0 ELSE a.shut_us END AS shut_us,
    w.class <> 'open' AS is_closed, w.has_left, w.is_straight, w.gaps, w.episodes,
    coalesce(d.history_quality, 'current_only') AS history_quality,
    CASE WHEN p.is_currency THEN d.amount_e4 END AS amount_e4, coalesce(d.amount_currency, $currency) AS amount_currency,
    d.amount_e4 IS NOT NULL AND NOT p.is_currency AS is_odd_currency,
    d.hold_until IS NOT NULL AND d.hold_until > svc_day($cut, $zone) AS is_on_hold,
    lower(trim(d.reason)) AS reason
  FROM deals d
  JOIN ways w ON w.deal_no = d.rowid
  LEFT JOIN homes r ON r.deal_no = d.rowid
  LEFT JOIN again a ON a.deal_no = d.rowid
  LEFT JOIN heights h ON h.pipeline = w.pipeline
  JOIN paid p ON p.currency IS NOT DISTINCT FROM d.amount_currency
  WHERE NOT (w.is_undated AND d.created_at IS NOT NULL AND d.created_at > $cut)
)
SELECT * EXCLUDE (start_at, start_precision, shut_us), svc_day(closed_at, $zone) AS closed_day,
       svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) AS gross_us,
       svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) - shut_us AS net_us
FROM joined
