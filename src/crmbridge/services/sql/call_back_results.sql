-- What came of the calls: the last that was logged under each key, or is the record that was made for it; an activity goes
-- before the task itself. $names are keys and ids under which it may stand, $keys the call that each belongs to.
WITH names AS (SELECT unnest($keys::VARCHAR[]) AS key, unnest($names::VARCHAR[]) AS name),
there AS (
  SELECT n.key, v.id FROM activities v JOIN names n ON n.name = v.external_key
  UNION SELECT n.key, v.id FROM activities v JOIN names n ON n.name = v.id
  UNION SELECT n.key, t.id FROM tasks t JOIN names n ON n.name = t.external_key
  UNION SELECT n.key, t.id FROM tasks t JOIN names n ON n.name = t.id
)
SELECT key, kind, id, account_id, moment, svc_day(moment, $zone) AS day, content, customer_feedback, next_step, next_step_due FROM (
  SELECT w.key, 'activity' AS kind, v.id, v.account_id, coalesce(v.ended_at, v.started_at, v.logged_at) AS moment,
    v.content, v.customer_feedback, v.next_step, v.next_step_due
  FROM there w JOIN activities v ON v.id = w.id
  WHERE coalesce(v.state, 'done') = 'done' AND coalesce(v.lifecycle, 'active') NOT IN ('deleted', 'merged')
    AND coalesce(coalesce(v.ended_at, v.started_at, v.logged_at) <= $cut, true)
  UNION ALL BY NAME
  SELECT w.key, 'task' AS kind, t.id, t.account_id, t.completed_at AS moment, t.content
  FROM there w JOIN tasks t ON t.id = w.id
  WHERE t.status = 'done' AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(t.completed_at <= $cut, true)
)
QUALIFY row_number() OVER (PARTITION BY key ORDER BY kind, moment DESC NULLS LAST, id DESC) = 1
ORDER BY key
