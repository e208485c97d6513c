-- svc_queue_due: everything that is due with a record, and by whom (`doer`, NULL for the owner of the record): open tasks and
-- plans of the CRM, next steps of deals and of touches. A task that was done after $cut was open then.
CREATE OR REPLACE TEMP TABLE svc_queue_due AS
WITH told AS (
  SELECT deal_id, lead_id, account_id, contact_id, coalesce(assignee_id, nullif(assignee_ref, ''), owner_id, nullif(owner_ref, '')) AS doer,
    coalesce(due_date, svc_day(due_at, $zone)) AS day, due_at AS moment, coalesce(nullif(external_key, ''), subject, id) AS key, title AS what, 'task' AS source
  FROM tasks
  WHERE (coalesce(status, 'open') = 'open' OR completed_at > $cut) AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (created_at IS NULL OR created_at <= $cut)
  UNION ALL BY NAME
  SELECT deal_id, lead_id, account_id, contact_id, coalesce(actor_id, owner_id, nullif(owner_ref, '')) AS doer,
    coalesce(due_date, svc_day(due_at, $zone), svc_day(started_at, $zone)) AS day, coalesce(due_at, started_at) AS moment,
    coalesce(nullif(external_key, ''), subject, id) AS key, subject_text AS what, 'planned' AS source
  FROM activities
  WHERE state = 'planned' AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (created_at IS NULL OR created_at <= $cut)
),
placed AS (
  SELECT CASE WHEN deal_id IS NOT NULL THEN 'deal' WHEN lead_id IS NOT NULL THEN 'lead' WHEN account_id IS NOT NULL THEN 'account'
              WHEN contact_id IS NOT NULL THEN 'contact' END AS kind,
    coalesce(deal_id, lead_id, account_id, contact_id) AS id, doer, day, moment, key, what, source
  FROM told
),
stepped AS (  -- the next step that a touch named, unless something was done with the deal on that day or after
  SELECT deal_id, arg_max(next_step_due, moment) FILTER (next_step_due IS NOT NULL) AS day,
    arg_max(coalesce(next_step, ''), moment) FILTER (next_step_due IS NOT NULL) AS what, max(last_day) AS last_day
  FROM svc_touch_results GROUP BY deal_id
)
SELECT *, NULL::VARCHAR AS template, NULL::VARCHAR AS customer FROM placed WHERE id IS NOT NULL
UNION ALL BY NAME
SELECT 'deal' AS kind, d.id, d.next_step_due AS day, d.subject AS key, nullif(trim(d.next_step), '') AS what, 'next_step' AS source
FROM deals d JOIN svc_states s ON s.deal_no = d.no WHERE d.next_step_due IS NOT NULL AND s.state IN ('open', 'unknown')
UNION ALL BY NAME
SELECT 'deal' AS kind, s.deal_id AS id, s.day, d.subject AS key, nullif(trim(s.what), '') AS what, 'next_step' AS source
FROM stepped s JOIN deals d ON d.id = s.deal_id WHERE s.day IS NOT NULL AND s.last_day < s.day
