-- svc_clocks: customers that wrote or called, when the clock of each started and when a person of ours answered first; how
-- long each may wait is what its service policy says (svc_served). What came in while one was waiting starts no other.
CREATE OR REPLACE TEMP TABLE svc_clocks AS
WITH talk AS (
  SELECT a.id, coalesce(a.account_id, c.account_id, d.account_id) AS account_id, coalesce(a.started_at, a.ended_at, a.logged_at) AS moment,
    coalesce(CASE WHEN a.started_at IS NOT NULL THEN a.started_at_precision WHEN a.ended_at IS NOT NULL THEN a.ended_at_precision
                  ELSE a.logged_at_precision END, 'exact') = 'day' AS is_day, a.direction = 'in' AS asks
  FROM activities a LEFT JOIN contacts c ON c.id = a.contact_id LEFT JOIN deals d ON d.id = a.deal_id
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND NOT coalesce(a.automated, false)
    AND coalesce(a.state, 'done') = 'done' AND coalesce(a.started_at, a.ended_at, a.logged_at) <= $cut
    AND CASE a.direction WHEN 'in' THEN list_contains($asking, a.type) WHEN 'out' THEN list_contains($types, a.type) ELSE false END
),
told AS (
  SELECT *, coalesce(lag(asks) OVER w, false) AS was_waiting,
    min(CASE WHEN NOT asks THEN moment END) OVER later AS stop_at,
    arg_min(is_day, CASE WHEN NOT asks THEN moment END) OVER later AS is_stop_day
  FROM talk WHERE account_id IS NOT NULL
  WINDOW w AS (PARTITION BY account_id ORDER BY moment, asks DESC, id),
         later AS (PARTITION BY account_id ORDER BY moment, asks DESC, id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
SELECT t.id, a.subject, a.owner_id, coalesce(a.owner_id, nullif(a.owner_ref, '')) AS owner, coalesce(u.place, 0) AS place,
  s.policy AS tier, t.moment AS created_at, t.moment AS start_at, t.is_day AS is_start_day, true AS tells, false AS is_decided, t.stop_at,
  coalesce(t.is_stop_day, false) AS is_stop_day, s.n, s.unit,
  CASE s.unit WHEN 'bh' THEN s.n * 3600000000 WHEN 'bd' THEN s.n * k.day_us ELSE s.n * 86400000000 END AS target_us, k.day_us,
  true AS is_remembered
FROM told t JOIN svc_served s ON s.account_id = t.account_id JOIN accounts a ON a.id = t.account_id
LEFT JOIN svc_working_users u ON u.user_id = a.owner_id
JOIN svc_calendars k ON k.place = coalesce(u.place, 0)
WHERE t.asks AND NOT t.was_waiting
