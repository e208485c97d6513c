-- svc_states: one row a deal that existed at $cut: where it stood, how far it got, when it last closed, its cycle.
-- `state` is what it counts as; `class` is the state without looking at whether the stage is mapped.
CREATE OR REPLACE TEMP TABLE svc_states AS
WITH last_moves AS (
  SELECT * FROM svc_moves QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY k DESC) = 1
),
first_moves AS (
  SELECT * FROM svc_moves QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY k) = 1
),
spells AS (  -- open, won, lost, void: each up to the next change of state
  SELECT record_id, k, class, moment, precision, lead(k) OVER w AS next_k,
         svc_span_us(moment, precision, lead(moment) OVER w, lead(precision) OVER w, $zone) AS span_us
  FROM svc_moves WHERE changes_state WINDOW w AS (PARTITION BY record_id ORDER BY k)
),
shut AS (  -- time spent closed before the last change of state
  SELECT record_id, CASE WHEN count(*) = count(span_us) THEN sum(span_us)::BIGINT END AS shut_us
  FROM spells WHERE class <> 'open' AND next_k IS NOT NULL GROUP BY record_id
),
ends AS (
  SELECT record_id, moment AS closed_at, precision AS closed_precision FROM spells WHERE class <> 'open' AND next_k IS NULL
),
ranks AS (
  SELECT m.record_id, max(m.rank) FILTER (m.class = 'open') AS rank, bool_or(m.class = 'won') AS was_won
  FROM svc_moves m JOIN last_moves l ON l.record_id = m.record_id AND l.pipeline = m.pipeline GROUP BY m.record_id
),
heights AS (SELECT pipeline, count(*) FILTER (class = 'open') AS open_stages FROM svc_stages GROUP BY pipeline),
histories AS (
  SELECT record_id, count(*) FILTER (is_inferred) AS gaps, bool_and(moment IS NULL) AS is_undated,
         count(*) FILTER (move = 'reopen') + 1 AS episodes
  FROM svc_moves GROUP BY record_id
),
joined AS (
  SELECT d.id AS record_id, l.pipeline, l.stage, l.class, l.rank, l.stage = 'UNKNOWN' AS is_unmapped,
    CASE WHEN l.stage = 'UNKNOWN' AND l.class = 'open' THEN 'unknown' ELSE l.class END AS state,
    CASE WHEN h.open_stages IS NULL THEN NULL
         WHEN l.class = 'won' THEN h.open_stages + 1
         WHEN r.was_won THEN nullif(h.open_stages, 0)
         ELSE r.rank END AS furthest,
    e.closed_at, e.closed_precision, svc_day(e.closed_at, $zone) AS closed_day,
    CASE WHEN f.class = 'open' AND f.moment IS NOT NULL THEN f.moment ELSE d.created_at END AS start_at,
    CASE WHEN f.class = 'open' AND f.moment IS NOT NULL THEN f.precision ELSE d.created_at_precision END AS start_precision,
    svc_day(coalesce(d.created_at, CASE WHEN f.class = 'open' THEN f.moment END), $zone) AS created_day,
    coalesce(s.shut_us, CASE WHEN s.record_id IS NULL THEN 0 END) AS shut_us,
    e.record_id IS NOT NULL AS is_closed, i.gaps, i.episodes,
    coalesce(d.history_quality, 'current_only') AS history_quality,
    CASE WHEN list_contains($currencies, coalesce(d.amount_currency, $currency)) THEN d.amount_e4 END AS amount_e4,
    coalesce(d.amount_currency, $currency) AS amount_currency,
    d.amount_e4 IS NOT NULL AND NOT list_contains($currencies, d.amount_currency) AS is_odd_currency,
    d.hold_until IS NOT NULL AND d.hold_until > svc_day($cut, $zone) AS is_on_hold,
    lower(trim(d.reason)) AS reason
  FROM deals d
  JOIN last_moves l ON l.record_id = d.id
  JOIN first_moves f ON f.record_id = d.id
  JOIN histories i ON i.record_id = d.id
  LEFT JOIN ends e ON e.record_id = d.id
  LEFT JOIN shut s ON s.record_id = d.id
  LEFT JOIN ranks r ON r.record_id = d.id
  LEFT JOIN heights h ON h.pipeline = l.pipeline
  WHERE NOT (i.is_undated AND d.created_at IS NOT NULL AND d.created_at > $cut)
)
SELECT *, svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) AS gross_us,
       svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) - shut_us AS net_us
FROM joined
