-- Each customer of $met (its state, + where it is a VIP) with its owner, that person's manager, and when anybody was last in
-- touch with it. `is_told`: its source says with which companies people dealt.
SELECT k.*, a.owner_id, coalesce(u.name, u.email) AS owner, u.manager_id, coalesce(m.name, m.email) AS manager, t.touched_at AS at_last,
  coalesce(a.created_at, CASE WHEN a.first_seen_at <= $cut THEN a.first_seen_at END) AS known_at,
  t.touched_at IS NOT NULL OR EXISTS (FROM svc_telling s WHERE s.connection IS NOT DISTINCT FROM a.connection AND s.kind = 'account') AS is_told
FROM svc_customers k JOIN accounts a ON a.id = k.id LEFT JOIN svc_account_touches t ON t.account_id = a.id
LEFT JOIN users u ON u.id = a.owner_id LEFT JOIN users m ON m.id = u.manager_id
WHERE list_contains($met::VARCHAR[], k.state || CASE WHEN k.is_vip THEN '+' ELSE '' END)
  AND ($owners IS NULL OR list_contains($owners, a.owner_id)) AND ($only_state IS NULL OR k.state = $only_state)
ORDER BY a.id
