-- svc_forecast: every deal that is open at $cut, and every deal won in the period, with the row of the forecast it is in.
-- A deal is in one row only; the order of the cases is the order in which one looks.
CREATE OR REPLACE {made} AS
WITH told AS (
  SELECT s.deal_no, s.state, s.pipeline, s.stage, s.amount_e4, s.amount_currency, s.closed_day, d.expected_close,
         d.hold_until, d.probability, nullif(replace(lower(trim(d.forecast_override)), ' ', '_'), '') AS own_category
  FROM svc_states s JOIN deals d ON d.no = s.deal_no
  WHERE s.state IN ('open', 'unknown', 'won')
    AND ($pipeline IS NULL OR s.pipeline = $pipeline)
    AND ($only_currency IS NULL OR s.amount_e4 IS NULL OR s.amount_currency = $only_currency)
    AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, d.owner_id))
),
placed AS (
  SELECT t.*, CASE WHEN list_contains($categories, own_category) THEN own_category ELSE c.category END AS category,
    own_category IS NOT NULL AND NOT list_contains($categories, own_category) AS is_odd_category
  FROM told t LEFT JOIN svc_categories c ON c.pipeline = t.pipeline AND c.stage = t.stage
)
SELECT deal_no, pipeline, stage, amount_e4, amount_currency, probability, is_odd_category,
  CASE
    WHEN state = 'won' THEN 'closed'
    WHEN expected_close IS NULL THEN 'undated'
    WHEN expected_close >= $end THEN 'elsewhere'
    WHEN expected_close < $start THEN CASE WHEN expected_close < $today THEN 'past_due_before' ELSE 'elsewhere' END
    WHEN hold_until >= $end THEN 'on_hold'
    WHEN expected_close < $today AND NOT $counts_past_due THEN 'past_due'
    WHEN state = 'unknown' THEN 'unmapped'
    WHEN category = 'omitted' THEN 'omitted'
    WHEN amount_e4 IS NULL THEN 'without_amount'
    ELSE coalesce(category, 'pipeline')
  END AS place
FROM placed
WHERE state <> 'won' OR (closed_day >= $start AND closed_day < $end)
