-- svc_waterfall: every step of the deals that were open at some time after $start up to $until, or changed their state there: from
-- which moment each step holds (NULL: nobody knows since when), when the deal began, and whose it is now. A calm one was open all the
-- time, whatever its stage, and has kept its amount: of those nobody has to follow the way, and one that has not moved at all has
-- one row without a time.
CREATE OR REPLACE TEMP TABLE svc_waterfall AS
WITH changed AS (SELECT DISTINCT record_id FROM field_changes WHERE kind = 'deal' AND field = 'amount' AND "at" > $start),
unmoved AS (
  SELECT s.deal_no, s.pipeline, s.class FROM svc_states s JOIN deals d ON d.no = s.deal_no
  WHERE s.state = 'open' AND s.came_at <= $start AND ($pipeline IS NULL OR s.pipeline = $pipeline) AND d.id NOT IN (FROM changed)
),
looked_at AS (  -- all that may be chosen below: a step after $start, an open or undated one at the end
  SELECT DISTINCT deal_no FROM svc_way
  WHERE (coalesce(moment, CASE WHEN is_inferred THEN next_at END) > $start OR (is_last AND (class = 'open' OR moment IS NULL)))
    AND deal_no NOT IN (SELECT deal_no FROM unmoved)
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
  FROM steps s JOIN firsts f USING (deal_no) JOIN deals d ON d.no = s.deal_no
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
told AS (
  SELECT t.*, c.is_still FROM counted t JOIN chosen c ON c.deal_no = t.deal_no
  WHERE $pipeline IS NULL OR t.deal_no IN (SELECT deal_no FROM steps WHERE pipeline = $pipeline)
  UNION ALL BY NAME
  SELECT deal_no, 0 AS k, pipeline, class, false AS is_unmapped, true AS is_still FROM unmoved
)
SELECT d.id, t.deal_no, t.k, d.owner_id, u.org_unit_id AS team_id, t.since, t.begun, t.pipeline::VARCHAR AS pipeline, t.class::VARCHAR AS class,
  t.is_unmapped, t.is_still AND d.id NOT IN (FROM changed) AS is_calm
FROM told t JOIN deals d ON d.no = t.deal_no LEFT JOIN users u ON u.id = d.owner_id
WHERE ($owners IS NULL OR list_contains($owners, d.owner_id)) AND ($team IS NULL OR u.org_unit_id = $team)
