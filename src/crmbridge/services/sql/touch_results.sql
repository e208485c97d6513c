-- svc_touch_results: what was done with each deal that is open now, in the window: what its result tells, and whether anything
-- comes next: a next step of its own, or ($deal_counts) one of the deal, an open task, a plan, or something done later.
CREATE OR REPLACE TEMP TABLE svc_touch_results AS
WITH open_ AS (
  SELECT d.id, d.name, d.external_id, d.next_step, d.next_step_due, coalesce(d.owner_id, nullif(d.owner_ref, '')) AS owner
  FROM deals d JOIN svc_states s ON s.deal_no = d.no WHERE s.state IN ('open', 'unknown')
),
touched AS (
  SELECT 'activity' AS kind, a.id, a.deal_id, coalesce(a.actor_id, a.owner_id, nullif(a.owner_ref, '')) AS owner, a.subject_text AS what,
    coalesce(a.ended_at, a.started_at, a.logged_at) AS moment, coalesce(trim(a.content) <> '', false) AS has_content,
    coalesce(trim(a.customer_feedback) <> '', false) AS has_feedback, coalesce(trim(a.next_step) <> '', false) AS has_next,
    a.next_step, a.next_step_due
  FROM activities a
  WHERE a.deal_id IS NOT NULL AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.counts_as_touch, true)
    AND NOT coalesce(a.automated, false) AND coalesce(a.state, 'done') = 'done' AND a.type NOT IN ('note', 'web_event', 'form')
  UNION ALL BY NAME
  SELECT 'task' AS kind, t.id, t.deal_id, coalesce(t.assignee_id, t.owner_id, nullif(t.owner_ref, '')) AS owner, t.title AS what,
    t.completed_at AS moment, coalesce(trim(t.content) <> '', false) AS has_content, false AS has_feedback, false AS has_next
  FROM tasks t
  WHERE t.deal_id IS NOT NULL AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged') AND t.status = 'done'
),
lasts AS (SELECT deal_id, max(moment) AS moment FROM touched WHERE moment <= $cut GROUP BY deal_id),
placed AS (  -- older touches say no more than what they named as the next step
  SELECT t.*, svc_day(t.moment, $zone) AS day, o.name AS deal_name, o.external_id AS deal_external_id, o.owner AS deal_owner,
    coalesce(trim(o.next_step) <> '', false) AND coalesce(o.next_step_due >= svc_day(t.moment, $zone), true) AS deal_has_next,
    l.moment AS last_moment
  FROM touched t JOIN open_ o ON o.id = t.deal_id JOIN lasts l ON l.deal_id = t.deal_id
  WHERE t.moment <= $cut AND (t.moment > $results_from OR t.next_step_due IS NOT NULL)
),
coming AS (  -- the last day for which anything was planned or to be done with a deal at $cut
  SELECT deal_id, max(day) AS day FROM (
    SELECT deal_id, coalesce(due_date, svc_day(due_at, $zone), DATE '9999-12-31') AS day FROM tasks
    WHERE deal_id IS NOT NULL AND (coalesce(status, 'open') = 'open' OR completed_at > $cut)
      AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (created_at IS NULL OR created_at <= $cut)
    UNION ALL
    SELECT deal_id, coalesce(due_date, svc_day(due_at, $zone), svc_day(started_at, $zone), DATE '9999-12-31') FROM activities
    WHERE deal_id IS NOT NULL AND state = 'planned' AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
      AND (created_at IS NULL OR created_at <= $cut)
  ) GROUP BY deal_id
)
SELECT p.kind, p.id, p.deal_id, p.deal_name, p.deal_external_id, coalesce(p.owner, p.deal_owner) AS owner, p.what, p.moment, p.day,
  p.has_content, p.has_feedback, p.next_step, p.next_step_due, p.has_next, svc_day(p.last_moment, $zone) AS last_day,
  p.has_next OR ($deal_counts AND (p.deal_has_next OR coalesce(c.day >= p.day, false) OR p.moment < p.last_moment)) AS is_followed
FROM placed p LEFT JOIN coming c ON c.deal_id = p.deal_id
