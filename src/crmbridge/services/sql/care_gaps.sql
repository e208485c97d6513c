-- Each account with its owner, that person's manager, and when anybody was last in touch with it. `is_told`: its source says
-- with which companies people dealt.
WITH done AS (
  SELECT coalesce(a.account_id, d.account_id, c.account_id) AS account_id, coalesce(a.ended_at, a.started_at, a.logged_at) AS moment
  FROM activities a LEFT JOIN deals d ON d.id = a.deal_id LEFT JOIN contacts c ON c.id = a.contact_id
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.counts_as_touch, true)
    AND NOT coalesce(a.automated, false) AND coalesce(a.state, 'done') = 'done'
),
touched AS (SELECT account_id, max(moment) AS at_last FROM done WHERE account_id IS NOT NULL AND moment <= $cut GROUP BY account_id)
SELECT a.id, a.owner_id, coalesce(u.name, u.email) AS owner, u.manager_id, coalesce(m.name, m.email) AS manager, t.at_last,
  coalesce(a.created_at, CASE WHEN a.first_seen_at <= $cut THEN a.first_seen_at END) AS known_at,
  t.account_id IS NOT NULL OR EXISTS (FROM svc_telling s WHERE s.connection IS NOT DISTINCT FROM a.connection AND s.kind = 'account') AS is_told
FROM accounts a LEFT JOIN touched t ON t.account_id = a.id
LEFT JOIN users u ON u.id = a.owner_id LEFT JOIN users m ON m.id = u.manager_id
WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
ORDER BY a.id
