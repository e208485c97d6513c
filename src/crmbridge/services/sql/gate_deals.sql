-- The open deals that lack anything, those that lack most at the head, each with the numbers of what it lacks.
SELECT d.id, any_value(d.name) AS name, any_value(coalesce(d.owner_id, nullif(d.owner_ref, ''))) AS owner_id, any_value(u.name) AS owner,
  any_value(s.pipeline)::VARCHAR AS pipeline, any_value(s.stage)::VARCHAR AS stage, list(g.gate_no ORDER BY g.gate_no) AS gates
FROM svc_gate_states g JOIN deals d ON d.no = g.deal_no JOIN svc_states s ON s.deal_no = g.deal_no
LEFT JOIN users u ON u.id = d.owner_id
WHERE g.state = 'unmet' GROUP BY d.id ORDER BY count(*) DESC, d.id
