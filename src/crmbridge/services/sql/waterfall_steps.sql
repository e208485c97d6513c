-- svc_waterfall: every step of the deals that were open at some time after $start up to $until, or changed their state there: from
-- which moment each step holds (NULL: nobody knows since when), when the deal began, and whose it is now. A calm one was open all the
-- time, whatever its stage, and has kept its amount: of those nobody has to follow the way.
CREATE OR REPLACE TEMP TABLE svc_waterfall AS
WITH looked_at AS (  -- all that may be chosen below: a step after $start, an open or undated one at the end
  SELECT DISTINCT deal_no FROM svc_way
  WHERE coalesce(moment, CASE WHEN is_inferred THEN next_at END) > $start OR (is_last AND (class = 'open' OR moment IS NULL))
),
steps AS (
  SELECT deal_no, k, pipeline, class, stage = 'UNKNOWN' AS is_unmapped, coalesce(moment, CASE WHEN is_inferred THEN next_at END) AS told
  FROM svc_way WHERE deal_no IN (FROM looked_at)
),
firsts AS (SELECT deal_no, min(told) AS first_at FROM steps GROUP BY deal_no),
timed AS (  -- an undated step came with the one before it; a first one when the deal was created, if that is known
  SELECT s.*, coalesce(max(s.told) OVER (PARTITION BY s.deal_no ORDER BY s.k ROWS UNBOUNDED PRECEDING),
                       CASE WHEN d.created_at IS NOT NULL THEN least(d.created_at, f.first_at) END) AS since,
         coalesce(d.created_at, f.first_at) AS begun
  FROM steps s JOIN firsts f USING (deal_no) JOIN deals d ON d.rowid = s.deal_no
),
counted AS (
  SELECT *, class = 'open' AND NOT is_unmapped AND ($pipeline IS NULL OR coalesce(pipeline::VARCHAR = $pipeline, false)) AS is_open
  FROM timed WHERE since IS NULL OR since <= $until
),
chosen AS (
  SELECT deal_no, coalesce(arg_max(is_open, k) FILTER (since IS NULL OR since <= $start), false)
    AND coalesce(bool_and(is_open) FILTER (since > $start), true) AS is_still
  FROM counted GROUP BY deal_no
  HAVING bool_or(since > $start) OR arg_max(class, k) = 'open'
),
changed AS (SELECT DISTINCT record_id FROM field_changes WHERE kind = 'deal' AND field = 'amount' AND "at" > $start)
SELECT d.id, t.deal_no, t.k, d.owner_id, u.org_unit_id AS team_id, t.since, t.begun, t.pipeline::VARCHAR AS pipeline, t.class::VARCHAR AS class,
  t.is_unmapped, c.is_still AND d.id NOT IN (FROM changed) AS is_calm
FROM counted t JOIN chosen c ON c.deal_no = t.deal_no JOIN deals d ON d.rowid = t.deal_no LEFT JOIN users u ON u.id = d.owner_id
WHERE ($pipeline IS NULL OR t.deal_no IN (SELECT deal_no FROM steps WHERE pipeline = $pipeline))
  AND ($owners IS NULL OR list_contains($owners, d.owner_id)) AND ($team IS NULL OR u.org_unit_id = $team)
