-- What a stage asks for: of how many open deals it can be told, of how many not, and the ids of those that lack it.
SELECT g.gate_no, count(*) FILTER (g.state <> 'untold') AS judged, count(*) FILTER (g.state = 'untold') AS untold,
  coalesce(list(d.id ORDER BY d.id) FILTER (g.state = 'unmet'), []) AS lacking
FROM svc_gate_states g JOIN deals d ON d.no = g.deal_no GROUP BY g.gate_no ORDER BY g.gate_no
