-- svc_risk_touches: what people did with each open deal up to $cut, its person's part where no deal was named; and whether
-- the customer had a part in it: what came from her, meetings, visits, and calls that were answered.
CREATE OR REPLACE TEMP TABLE svc_risk_touches AS
WITH done AS (
  SELECT a.deal_id, a.contact_id, a.lead_id, coalesce(a.ended_at, a.started_at, a.logged_at) AS moment,
    svc_two_way(a.direction, a.type, a.outcome, $not_connected) AS is_two_way
  FROM activities a
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.state, 'done') = 'done'
    AND NOT coalesce(a.automated, false) AND coalesce(a.ended_at, a.started_at, a.logged_at) <= $cut
),
open_ AS (
  SELECT d.id, d.contact_id, d.lead_id FROM deals d JOIN svc_states s ON s.deal_no = d.rowid WHERE s.class = 'open'
)
SELECT o.id AS deal_id, t.contact_id, t.moment, t.is_two_way, true AS is_named FROM done t JOIN open_ o ON o.id = t.deal_id
UNION ALL
SELECT o.id, t.contact_id, t.moment, t.is_two_way, false FROM done t JOIN open_ o ON o.contact_id = t.contact_id
WHERE t.deal_id IS NULL
UNION ALL
SELECT o.id, t.contact_id, t.moment, t.is_two_way, false FROM done t JOIN open_ o ON o.lead_id = t.lead_id
WHERE t.deal_id IS NULL AND t.contact_id IS DISTINCT FROM o.contact_id
