-- What came of the calls under these keys: the last thing that was logged under each, an activity before the task itself.
SELECT external_key, kind, id, account_id, day, content, customer_feedback, next_step, next_step_due FROM (
  SELECT external_key, 'activity' AS kind, id, account_id, svc_day(coalesce(ended_at, started_at, logged_at), $zone) AS day,
    content, customer_feedback, next_step, next_step_due
  FROM activities
  WHERE coalesce(state, 'done') = 'done' AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
    AND coalesce(coalesce(ended_at, started_at, logged_at) <= $cut, true)
  UNION ALL BY NAME
  SELECT external_key, 'task' AS kind, id, account_id, svc_day(completed_at, $zone) AS day, content
  FROM tasks WHERE status = 'done' AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
)
WHERE list_contains($keys, external_key)
QUALIFY row_number() OVER (PARTITION BY external_key ORDER BY kind, day DESC NULLS LAST, id DESC) = 1
ORDER BY external_key
