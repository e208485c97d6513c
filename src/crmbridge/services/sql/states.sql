-- svc_states: one row a deal that existed at $cut: where it stood, how far it got, when it last closed, its cycle.
-- `state` is what it counts as; `class` is the state without looking at whether the stage is mapped.
CREATE OR REPLACE {made} AS
WITH pipelines_of AS (
  SELECT deal_no, pipeline, max(rank) FILTER (class = 'open') AS rank, bool_or(class = 'won') AS was_won,
         count(*) FILTER (is_inferred) AS gaps, bool_and(moment IS NULL) AS is_undated,
         count(*) FILTER (move = 'reopen') AS reopened, count(*) FILTER (changes_state AND class <> 'open') AS closings
  FROM svc_way GROUP BY deal_no, pipeline
),
histories AS (
  SELECT deal_no, sum(gaps)::BIGINT AS gaps, bool_and(is_undated) AS is_undated, sum(reopened)::BIGINT + 1 AS episodes,
         sum(closings) AS closings
  FROM pipelines_of GROUP BY deal_no
),
last_moves AS (FROM svc_way WHERE is_last),
first_moves AS (FROM svc_way WHERE move = 'create'),
again AS (  -- closed more than once, or closed and open again: the few whose spells have to be told apart
  SELECT h.deal_no FROM histories h JOIN last_moves l USING (deal_no) WHERE h.closings > CASE l.class WHEN 'open' THEN 0 ELSE 1 END
),
spells AS (  -- open, won, lost, void: each up to the next change of state
  SELECT deal_no, k, class, moment, precision, lead(k) OVER w AS next_k,
         svc_span_us(moment, precision, lead(moment) OVER w, lead(precision) OVER w, $zone) AS span_us
  FROM svc_way WHERE changes_state AND deal_no IN (FROM again) WINDOW w AS (PARTITION BY deal_no ORDER BY k)
),
shut AS (  -- time spent closed before the last change of state
  SELECT deal_no, CASE WHEN count(*) = count(span_us) THEN sum(span_us)::BIGINT END AS shut_us
  FROM spells WHERE class <> 'open' AND next_k IS NOT NULL GROUP BY deal_no
),
ends AS (
  SELECT deal_no, moment AS closed_at, precision AS closed_precision FROM spells WHERE class <> 'open' AND next_k IS NULL
  UNION ALL
  SELECT deal_no, moment, precision FROM svc_way
  WHERE changes_state AND class <> 'open' AND deal_no NOT IN (FROM again)
),
heights AS (SELECT pipeline, count(*) FILTER (class = 'open') AS open_stages FROM svc_stages GROUP BY pipeline),
joined AS (
  SELECT d.rowid AS deal_no, d.id AS record_id, l.pipeline, l.stage, l.class, l.rank, l.stage = 'UNKNOWN' AS is_unmapped,
    CASE WHEN l.stage = 'UNKNOWN' AND l.class = 'open' THEN 'unknown' ELSE l.class END AS state,
    CASE WHEN h.open_stages IS NULL THEN NULL
         WHEN l.class = 'won' THEN h.open_stages + 1
         WHEN r.was_won THEN nullif(h.open_stages, 0)
         ELSE r.rank END AS furthest,
    e.closed_at, e.closed_precision, svc_day(e.closed_at, $zone) AS closed_day,
    CASE WHEN f.class = 'open' AND f.moment IS NOT NULL THEN f.moment ELSE d.created_at END AS start_at,
    CASE WHEN f.class = 'open' AND f.moment IS NOT NULL THEN f.precision ELSE d.created_at_precision END AS start_precision,
    svc_day(coalesce(d.created_at, CASE WHEN f.class = 'open' THEN f.moment END), $zone) AS created_day,
    coalesce(s.shut_us, CASE WHEN s.deal_no IS NULL THEN 0 END) AS shut_us,
    e.deal_no IS NOT NULL AS is_closed, i.gaps, i.episodes,
    coalesce(d.history_quality, 'current_only') AS history_quality,
    CASE WHEN list_contains($currencies, coalesce(d.amount_currency, $currency)) THEN d.amount_e4 END AS amount_e4,
    coalesce(d.amount_currency, $currency) AS amount_currency,
    d.amount_e4 IS NOT NULL AND NOT list_contains($currencies, d.amount_currency) AS is_odd_currency,
    d.hold_until IS NOT NULL AND d.hold_until > svc_day($cut, $zone) AS is_on_hold,
    lower(trim(d.reason)) AS reason
  FROM deals d
  JOIN last_moves l ON l.deal_no = d.rowid
  JOIN first_moves f ON f.deal_no = d.rowid
  JOIN histories i ON i.deal_no = d.rowid
  LEFT JOIN ends e ON e.deal_no = d.rowid
  LEFT JOIN shut s ON s.deal_no = d.rowid
  LEFT JOIN pipelines_of r ON r.deal_no = d.rowid AND r.pipeline = l.pipeline
  LEFT JOIN heights h ON h.pipeline = l.pipeline
  WHERE NOT (i.is_undated AND d.created_at IS NOT NULL AND d.created_at > $cut)
)
SELECT *, svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) AS gross_us,
       svc_span_us(start_at, start_precision, closed_at, closed_precision, $zone) - shut_us AS net_us
FROM joined
