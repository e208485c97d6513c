-- The records that somebody let go back and may not take again yet, and those that such an owner has taken all the same.
SELECT p.kind, p.id, p.name, p.let_go_by, coalesce(u.name, p.let_go_by) AS owner_name, svc_day(p.let_go_at, $zone) AS let_go_on,
  svc_day(p.let_go_at, $zone) + $blocked_days::INTEGER AS until, p.owner IS NOT NULL AS is_taken
FROM svc_pool p LEFT JOIN users u ON u.id = p.let_go_by
WHERE p.let_go_at IS NOT NULL AND $blocked_days > 0 AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, p.let_go_by))
  AND CASE WHEN p.owner IS NULL THEN $today < svc_day(p.let_go_at, $zone) + $blocked_days::INTEGER
           ELSE p.owner = p.let_go_by AND svc_day(CASE WHEN p.claimed_at > p.let_go_at THEN p.claimed_at ELSE $cut END, $zone)
                < svc_day(p.let_go_at, $zone) + $blocked_days::INTEGER END
ORDER BY is_taken DESC, let_go_on, p.subject, p.id
