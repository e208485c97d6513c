-- The first and the last business date up to the cut on which a deal began, moved or closed.
SELECT min(CAST(timezone($zone, timezone('UTC', t)) AS DATE)), max(CAST(timezone($zone, timezone('UTC', t)) AS DATE))
FROM (
  SELECT e."at" AS t FROM stage_events e JOIN deals d ON d.id = e.record_id WHERE e.kind = 'deal'
    AND coalesce(d.lifecycle, 'active') NOT IN ('deleted', 'merged')
  UNION ALL
  SELECT created_at FROM deals WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
)
WHERE t <= $cut
