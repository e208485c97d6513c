-- Every step of the deals that were open at some time after $start, or changed their state since: from which moment each
-- step holds (NULL: nobody knows since when), when the deal began, and whose it is now.
WITH steps AS (
  SELECT deal_no, k, pipeline, class, stage = 'UNKNOWN' AS is_unmapped, coalesce(moment, CASE WHEN is_inferred THEN next_at END) AS told
  FROM svc_way
),
firsts AS (SELECT deal_no, min(told) AS first_at FROM steps GROUP BY deal_no),
timed AS (  -- an undated step came with the one before it; a first one when the deal was created, if that is known
  SELECT s.*, coalesce(max(s.told) OVER (PARTITION BY s.deal_no ORDER BY s.k ROWS UNBOUNDED PRECEDING),
                       CASE WHEN d.created_at IS NOT NULL THEN least(d.created_at, f.first_at) END) AS since,
         coalesce(d.created_at, f.first_at) AS begun
  FROM steps s JOIN firsts f USING (deal_no) JOIN deals d ON d.rowid = s.deal_no
),
chosen AS (
  SELECT deal_no FROM timed WHERE since IS NULL OR since <= $cut GROUP BY deal_no
  HAVING bool_or(since > $start) OR arg_max(class, k) = 'open'
)
SELECT d.id, d.owner_id, u.org_unit_id AS team_id, t.since, t.begun, t.pipeline::VARCHAR AS pipeline, t.class::VARCHAR AS class, t.is_unmapped
FROM timed t JOIN deals d ON d.rowid = t.deal_no LEFT JOIN users u ON u.id = d.owner_id
WHERE t.deal_no IN (FROM chosen) AND (t.since IS NULL OR t.since <= $cut)
  AND ($pipeline IS NULL OR t.deal_no IN (SELECT deal_no FROM steps WHERE pipeline = $pipeline))
ORDER BY d.id, t.k
