-- The open deals that are not on hold, each with whether anything tells when it is touched next: an agreed step, a date
-- of the CRM, an open task, something planned, or an enrolment in the cadence.
WITH enrolled AS (
  SELECT array_to_string(string_split(subject, '|')[3:], '|') AS record, body ->> 'state' AS state
  FROM service_events WHERE service = 'cadence' AND "at" <= $cut
  QUALIFY row_number() OVER (PARTITION BY subject ORDER BY "at" DESC) = 1
)
SELECT d.id, d.subject, d.name, d.owner_id, d.account_id, d.contact_id,
  coalesce(d.next_step_due >= $today, false) OR coalesce(d.next_touch_at > $cut, false)
  OR EXISTS (SELECT 1 FROM tasks t WHERE t.deal_id = d.id AND coalesce(t.status, 'open') = 'open'
             AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged'))
  OR EXISTS (SELECT 1 FROM activities a WHERE a.deal_id = d.id AND a.state = 'planned'
             AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
             AND coalesce(a.due_at, a.due_date::TIMESTAMP, a.started_at) >= $today::TIMESTAMP)
  OR EXISTS (SELECT 1 FROM enrolled e WHERE e.record = d.subject AND e.state IN ('active', 'paused')) AS is_planned
FROM svc_states s JOIN deals d ON d.no = s.deal_no
WHERE s.class = 'open' AND NOT s.is_on_hold
ORDER BY d.subject, d.id
