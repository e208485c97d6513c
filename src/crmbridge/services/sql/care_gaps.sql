-- Each account of $ids with its owner, that person's manager, and when anybody was last in touch with it. `is_told`: its source says
-- with which companies people dealt.
SELECT a.id, a.owner_id, coalesce(u.name, u.email) AS owner, u.manager_id, coalesce(m.name, m.email) AS manager, t.touched_at AS at_last,
  coalesce(a.created_at, CASE WHEN a.first_seen_at <= $cut THEN a.first_seen_at END) AS known_at,
  t.touched_at IS NOT NULL OR EXISTS (FROM svc_telling s WHERE s.connection IS NOT DISTINCT FROM a.connection AND s.kind = 'account') AS is_told
FROM accounts a LEFT JOIN svc_account_touches t ON t.account_id = a.id
LEFT JOIN users u ON u.id = a.owner_id LEFT JOIN users m ON m.id = u.manager_id
WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND a.id IN (SELECT unnest($ids::VARCHAR[]))
ORDER BY a.id
