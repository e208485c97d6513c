-- svc_states: one row a deal that existed at $cut: where it stood, how far it got, when it last closed, its cycle.
-- `state` is what it counts as; `class` is the state without looking at whether the stage is mapped. `came_at` is when its last
-- move began; `is_straight` and `has_left` are said in facts/sql/deal_ways.sql.
CREATE OR REPLACE {made} AS
WITH ways AS (FROM {ways} WHERE last_placed_at IS NULL OR last_placed_at <= $cut UNION ALL FROM svc_earlier),
heights AS (SELECT pipeline, count(*) FILTER (class = 'open') AS open_stages FROM svc_stages GROUP BY pipeline),
paid AS (  -- each currency is looked up once
  SELECT DISTINCT amount_currency AS currency, list_contains($currencies, coalesce(amount_currency, $currency)) AS is_currency
  FROM deals
),
joined AS (
  SELECT d.no AS deal_no, w.pipeline, w.stage, w.class, w.rank, w.stage = 'UNKNOWN' AS is_unmapped,
    w.last_at AS came_at, w.last_precision AS came_precision,
    CASE WHEN w.stage = 'UNKNOWN' AND w.class = 'open' THEN CAST('unknown' AS {a_state}) ELSE CAST(w.class AS {a_state}) END AS state,
    CASE WHEN h.open_stages IS NULL THEN NULL
         WHEN w.class = 'won' THEN h.open_stages + 1
         WHEN CASE WHEN w.has_moved THEN p.was_won ELSE w.was_won END THEN nullif(h.open_stages, 0)
         WHEN w.has_moved THEN p.highest ELSE w.highest END AS furthest,
    CASE WHEN p.is_again THEN p.closed_at ELSE w.closed_at END AS closed_at,
    CASE WHEN p.is_again THEN p.closed_precision ELSE w.closed_precision END AS closed_precision,
    CASE WHEN w.first_class = 'open' AND w.first_at IS NOT NULL THEN w.first_at ELSE d.created_at END AS start_at,
    CASE WHEN w.first_class = 'open' AND w.first_at IS NOT NULL THEN w.first_precision ELSE d.created_at_precision END AS start_precision,
    svc_day(coalesce(d.created_at, CASE WHEN w.first_class = 'open' THEN w.first_at END), $zone) AS created_day,
    CASE WHEN p.is_again THEN p.shut_us ELSE 0 END AS shut_us,
    w.class <> 'open' AS is_closed, w.has_left, w.is_straight, w.gaps, w.episodes,
    coalesce(d.history_quality, 'current_only') AS history_quality,
    CASE WHEN c.is_currency THEN d.amount_e4 END AS amount_e4, coalesce(d.amount_currency, $currency) AS amount_currency,
    d.amount_e4 IS NOT NULL AND NOT c.is_currency AS is_odd_currency,
    d.hold_until IS NOT NULL AND d.hold_until > svc_day($cut, $zone) AS is_on_hold,
    lower(trim(d.reason)) AS reason
  FROM deals d
  JOIN ways w ON w.deal_no = d.no
  LEFT JOIN svc_spells p ON p.deal_no = w.deal_no
  LEFT JOIN heights h ON h.pipeline = w.pipeline
  JOIN paid c ON c.currency IS NOT DISTINCT FROM d.amount_currency
  WHERE NOT (w.is_undated AND d.created_at IS NOT NULL AND d.created_at > $cut)
)
SELECT * EXCLUDE (start_at, start_precision, shut_us), svc_day(closed_at, $zone) AS closed_day,
       svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) AS gross_us,
       svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) - shut_us AS net_us
FROM joined
