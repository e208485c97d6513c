-- svc_gate_facts: what gates look at of each deal that is open or won, how far it is, and what its source cannot tell.
CREATE OR REPLACE TEMP TABLE svc_gate_facts AS
WITH blanks AS (SELECT connection, object, list(field) AS fields FROM svc_blank GROUP BY connection, object),
needless AS (SELECT DISTINCT connection FROM svc_blank WHERE field = 'need_tags'),
told AS (SELECT DISTINCT connection FROM svc_telling WHERE kind = 'deal')
SELECT s.deal_no, s.pipeline::VARCHAR AS at_pipeline,
  CASE WHEN s.class = 'won' THEN 1000000 ELSE coalesce(s.rank, 0) END AS at_rank, g.*,
  list_concat(coalesce(b.fields, []), CASE WHEN t.connection IS NULL AND d.connection IS NOT NULL THEN ['two_way_contacts'] ELSE [] END,
    CASE WHEN n.connection IS NULL THEN [] ELSE ['needs'] END) AS blank
FROM svc_states s JOIN deals d ON d.no = s.deal_no JOIN svc_gate_values g ON g.id = d.id AND g.kind = 'deal'
LEFT JOIN blanks b ON b.connection IS NOT DISTINCT FROM d.connection AND b.object IS NOT DISTINCT FROM d.object
LEFT JOIN told t ON t.connection IS NOT DISTINCT FROM d.connection
LEFT JOIN needless n ON n.connection IS NOT DISTINCT FROM d.connection
WHERE s.class IN ('open', 'won')
