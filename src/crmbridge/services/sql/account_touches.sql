-- svc_account_touches: the same of each company, whether an activity names itself, a deal of it or a person there.
CREATE OR REPLACE {made} AS
SELECT coalesce(t.account_id, d.account_id, c.account_id) AS account_id, max(t.touched_at) AS touched_at,
  max(t.two_way_at) AS two_way_at, max(t.met_at) AS met_at
FROM svc_touched t LEFT JOIN deals d ON d.id = t.deal_id LEFT JOIN contacts c ON c.id = t.contact_id
GROUP BY 1 HAVING coalesce(t.account_id, d.account_id, c.account_id) IS NOT NULL
