-- What happened from $start to before $end that the process does not foresee: how often, and in which records. A gate was
-- passed unmet where a move up left, or passed over, a stage whose criteria the record does not meet to this day.
WITH moves AS (
  SELECT w.deal_no, w.move::VARCHAR AS move, svc_day(w.moment, $zone) AS day,
    lag(w.rank) OVER (PARTITION BY w.deal_no ORDER BY w.k) AS from_rank, CASE WHEN w.class = 'won' THEN 1000000 ELSE w.rank END AS to_rank, w.k
  FROM svc_way w SEMI JOIN svc_states s ON s.deal_no = w.deal_no
),
placed AS (SELECT * FROM moves WHERE day >= $start AND day < $end),
late AS (
  SELECT r.id, coalesce(r.actor_id, r.owner_id, nullif(r.owner_ref, '')) AS owner FROM activities r
  JOIN calendar_days done ON done.calendar = $calendar AND done.day = svc_day(coalesce(r.ended_at, r.started_at), $zone)
  JOIN calendar_days logged ON logged.calendar = $calendar AND logged.day = svc_day(r.logged_at, $zone)
  WHERE coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND done.day >= $start AND done.day < $end
    AND r.logged_at <= $cut AND logged.workday_no - done.workday_no > $logged_late_days
),
told AS (
  SELECT p.move AS what, d.id, p.k, coalesce(d.owner_id, nullif(d.owner_ref, '')) AS owner FROM placed p JOIN deals d ON d.no = p.deal_no
  WHERE p.move IN ('skip', 'regress', 'reopen', 'correction')
  UNION ALL
  SELECT DISTINCT 'gate', d.id, p.k, coalesce(d.owner_id, nullif(d.owner_ref, '')) FROM placed p JOIN deals d ON d.no = p.deal_no
  JOIN svc_unmet u ON u.deal_no = p.deal_no AND u.rank >= p.from_rank AND u.rank < p.to_rank
  WHERE p.move IN ('advance', 'skip', 'close_won')
  UNION ALL
  SELECT 'logged_late', id, 0, owner FROM late
)
SELECT what, count(*) AS events, list(DISTINCT id ORDER BY id) AS ids FROM told
WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, owner)
GROUP BY what ORDER BY what
