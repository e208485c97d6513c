-- The records that should go back, and those of which their owners are to be warned, the most overdue first.
SELECT p.kind, p.id, p.subject, p.name, p.owner_id, coalesce(u.name, p.owner) AS owner_name, u.manager_id, p.tier, p.since,
  p.days, p.n, p.unit, coalesce(p.warn_on, p.back_on) AS warn_on, p.back_on, p.state
FROM svc_pool p LEFT JOIN users u ON u.id = p.owner_id
WHERE p.state IN ('return', 'warn') AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, p.owner))
ORDER BY p.back_on, p.subject, p.id LIMIT coalesce($most, 9223372036854775807)
