-- The deals of the forecast's sums by stage, chance of the record and level: how many, and their money.
SELECT f.place, f.pipeline::VARCHAR AS pipeline, f.stage::VARCHAR AS stage, f.probability AS chance, r.probability AS level,
  coalesce(r.points, 0) > 0 AS has_signals, count(*) AS deals, count(f.amount_e4) AS n,
  coalesce(sum(f.amount_e4), 0)::HUGEINT AS e4
FROM svc_forecast f JOIN deals d ON d.no = f.deal_no LEFT JOIN svc_risk r ON r.deal_no = f.deal_no
WHERE list_contains($places, f.place) AND ($owners IS NULL OR list_contains($owners, d.owner_id))
GROUP BY ALL ORDER BY ALL
