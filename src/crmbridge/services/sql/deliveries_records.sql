-- The ids of the deliveries behind each count of the whole.
SELECT v.state, list(v.id ORDER BY v.id) AS ids
FROM svc_deliveries v
WHERE (v.delivered_day IS NULL OR v.state = 'cancelled' OR (v.delivered_day >= $start AND v.delivered_day < $end))
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, v.owner_id))
GROUP BY v.state ORDER BY v.state
