-- The deals that made moves of some kinds, each once for a kind, by kind and id.
SELECT DISTINCT m.move::VARCHAR AS move, d.id
FROM svc_way m JOIN svc_states c ON c.deal_no = m.deal_no JOIN deals d ON d.no = m.deal_no
WHERE ($pipeline IS NULL OR c.pipeline = $pipeline) AND list_contains($odd, m.move::VARCHAR)
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, d.owner_id))
  AND ($start IS NULL OR (svc_day(m.moment, $zone) >= $start AND svc_day(m.moment, $zone) < $end))
ORDER BY 1, 2
