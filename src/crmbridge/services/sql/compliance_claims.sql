-- Open deals whose criteria support an earlier stage than the one recorded: the first stage that still lacks something.
WITH first AS (SELECT deal_no, min(rank) AS rank FROM svc_unmet GROUP BY deal_no)
SELECT d.id, any_value(d.name) AS name, any_value(coalesce(d.owner_id, nullif(d.owner_ref, ''))) AS owner_id, any_value(u.name) AS owner,
  any_value(s.pipeline)::VARCHAR AS pipeline, any_value(s.stage)::VARCHAR AS stage,
  arg_min(m.stage, m.rank) AS supported,
  list(DISTINCT m.stage || '.' || m.criterion ORDER BY m.stage || '.' || m.criterion) AS lacks
FROM first f JOIN svc_states s ON s.deal_no = f.deal_no JOIN deals d ON d.no = f.deal_no
JOIN svc_unmet m ON m.deal_no = f.deal_no LEFT JOIN users u ON u.id = d.owner_id
WHERE s.state = 'open' AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, coalesce(d.owner_id, nullif(d.owner_ref, ''))))
GROUP BY d.id ORDER BY any_value(s.rank) - min(f.rank) DESC, d.id
