-- What the service of each account rests on: who owns it and who manages that person, when anybody was last in touch
-- with it, and how often and since when it stands where it stands.
WITH done AS (
  SELECT coalesce(a.account_id, d.account_id, c.account_id) AS account_id,
    coalesce(a.ended_at, a.started_at, a.logged_at) AS moment
  FROM activities a
  LEFT JOIN deals d ON d.id = a.deal_id
  LEFT JOIN contacts c ON c.id = a.contact_id
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.counts_as_touch, true)
    AND NOT coalesce(a.automated, false) AND coalesce(a.state, 'done') = 'done'
),
touched AS (
  SELECT account_id, max(moment) AS at_last FROM done WHERE account_id IS NOT NULL AND moment <= $cut GROUP BY account_id
),
stands AS (
  SELECT subject, body ->> 'state' AS state, count(*) AS entries, max("at") AS since FROM service_events
  WHERE service = 'customers' AND "at" <= $cut GROUP BY ALL
)
SELECT a.id, a.subject, a.owner_id, u.manager_id, u.level, t.at_last, s.state, s.entries, s.since
FROM accounts a
LEFT JOIN users u ON u.id = a.owner_id
LEFT JOIN touched t ON t.account_id = a.id
LEFT JOIN stands s ON s.subject = a.id
WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
ORDER BY a.id, s.state
