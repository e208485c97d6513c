-- The lost deals with what they were lost for and to whom, by id.
SELECT d.id, lower(nullif(trim(d.reason), '')) AS reason, lower(nullif(trim(d.competitor), '')) AS competitor
FROM svc_counted c JOIN deals d ON d.no = c.deal_no
WHERE c.state = 'lost' ORDER BY 1
