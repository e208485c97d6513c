-- svc_gate_states: for each thing that a stage asks for (gate_no) each open deal that it is asked of, and whether it is
-- met, unmet, or its source cannot tell. Of the owners asked for; NULL are all.
CREATE OR REPLACE TEMP TABLE svc_gate_states AS
SELECT CAST(p.gate_no AS INTEGER) AS gate_no, p.deal_no, p.state
FROM ({parts}) AS p (gate_no, deal_no, state)
JOIN svc_states s ON s.deal_no = p.deal_no JOIN deals d ON d.no = p.deal_no
WHERE s.state = 'open' AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, coalesce(d.owner_id, nullif(d.owner_ref, ''))))
