-- The open tasks that were due before $today, by who has to do them: how many, the earliest day, and which.
SELECT coalesce(t.assignee_id, t.owner_id) AS user_id, u.name, u.org_unit_id AS team_id, count(*) AS tasks,
  min(t.due_date) AS oldest, list(t.id ORDER BY t.due_date, t.id) AS ids
FROM tasks t LEFT JOIN users u ON u.id = coalesce(t.assignee_id, t.owner_id)
WHERE t.due_date < $today AND t.completed_at IS NULL
  AND coalesce(t.status, 'open') NOT IN ('done', 'completed', 'cancelled')
  AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged')
GROUP BY ALL ORDER BY tasks DESC, user_id NULLS LAST
