-- The customers who wait for an answer, those in time by what is left, then the late ones, the latest first.
SELECT r.id, a.id AS account_id, r.subject, coalesce(nullif(trim(a.name), ''), a.external_id, a.id) AS name, r.owner_id,
  coalesce(u.name, r.owner) AS owner_name, r.tier, r.status, r.start_at, r.due_at, r.n, r.unit, r.left_us, r.used_us AS age_us
FROM svc_response r JOIN accounts a ON a.subject = r.subject LEFT JOIN users u ON u.id = r.owner_id
WHERE r.stop_at IS NULL AND r.status IN ('pending', 'breached') AND r.start_day >= $first AND r.start_day < $after
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, r.owner))
ORDER BY r.status = 'breached', CASE WHEN r.status = 'pending' THEN epoch_us(r.due_at) ELSE -epoch_us(r.due_at) END, r.subject, r.id
LIMIT coalesce($most, 9223372036854775807)
