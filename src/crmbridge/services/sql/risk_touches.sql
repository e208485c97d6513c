-- svc_risk_touches: what people did with each open deal up to $cut, its person's part where no deal was named; and when
-- the customer last had a part in it.
CREATE OR REPLACE TEMP TABLE svc_risk_touches AS
WITH open_ AS (
  SELECT d.id, d.contact_id, d.lead_id FROM deals d JOIN svc_states s ON s.deal_no = d.no WHERE s.class = 'open'
)
SELECT o.id AS deal_id, t.contact_id, t.done_at, t.two_way_at, true AS is_named FROM svc_touched t JOIN open_ o ON o.id = t.deal_id
UNION ALL
SELECT o.id, t.contact_id, t.done_at, t.two_way_at, false FROM svc_touched t JOIN open_ o ON o.contact_id = t.contact_id
WHERE t.deal_id IS NULL
UNION ALL
SELECT o.id, t.contact_id, t.done_at, t.two_way_at, false FROM svc_touched t JOIN open_ o ON o.lead_id = t.lead_id
WHERE t.deal_id IS NULL AND t.contact_id IS DISTINCT FROM o.contact_id
