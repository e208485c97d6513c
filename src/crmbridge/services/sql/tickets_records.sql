-- The ids of the tickets of the period by measure and status, and of those that were cancelled.
SELECT r.tier || ' ' || r.status AS figure, list(r.id ORDER BY r.id) AS ids FROM svc_response r
WHERE (r.start_day IS NULL OR (r.start_day >= $first AND r.start_day < $after)) AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, r.owner))
GROUP BY figure
UNION ALL
SELECT 'cancelled', list(t.id ORDER BY t.id) FROM tickets t
WHERE t.status = 'cancelled' AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, t.owner_id))
  AND (coalesce(t.opened_at, t.created_at) IS NULL OR (svc_day(coalesce(t.opened_at, t.created_at), $zone) >= $first AND svc_day(coalesce(t.opened_at, t.created_at), $zone) < $after))
HAVING count(*) > 0
ORDER BY figure
