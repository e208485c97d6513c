-- The tickets that wait for a first answer, then those that wait to be resolved, whenever they were opened: by measure those
-- that are late, the latest first, then by what is left.
SELECT t.id, t.subject, t.name, r.tier AS measure, t.account_id, t.customer, t.owner_id, coalesce(u.name, t.owner) AS owner, u.manager_id,
  t.target AS priority, t.clock, r.status, r.start_at, r.due_at, r.n, r.unit, r.left_us
FROM svc_response r JOIN svc_tickets t ON t.id = r.id LEFT JOIN users u ON u.id = t.owner_id
WHERE r.stop_at IS NULL AND r.status IN ('pending', 'breached') AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, r.owner))
ORDER BY r.tier, r.status, r.due_at, t.subject, t.id
LIMIT coalesce($most, 9223372036854775807)
