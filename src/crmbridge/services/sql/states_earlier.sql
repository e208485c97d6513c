-- svc_earlier: how far the deals that moved after $cut had got by then; how far the others got is kept with the facts.
CREATE OR REPLACE TEMP TABLE svc_earlier AS
WITH earlier AS (
  SELECT *, is_final OR (next_placed_at > $cut AND NOT is_inferred) IS TRUE AS is_last FROM {moves}
  WHERE deal_no IN (SELECT deal_no FROM {ways} WHERE last_placed_at > $cut) AND (placed_at IS NULL OR placed_at <= $cut)
)
{earlier_ways}
