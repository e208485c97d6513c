-- The tasks that name a goal in title or text, as they stood at the cut.
SELECT t.id, t.title, t.status, coalesce(t.due_date, svc_day(t.due_at, $zone)) AS due,
  coalesce(u.name, nullif(t.assignee_ref, '')) AS owner,
  coalesce(t.status = 'done' AND (t.completed_at IS NULL OR t.completed_at <= $cut), false) AS is_done,
  svc_day(t.completed_at, $zone) AS done_on
FROM tasks t
LEFT JOIN users u ON u.id = coalesce(t.assignee_id, t.owner_id)
WHERE coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND (t.created_at IS NULL OR t.created_at <= $cut)
  AND regexp_matches(lower(coalesce(t.title, '') || ' ' || coalesce(t.content, '')), $named)
ORDER BY due NULLS LAST, t.title, t.id
