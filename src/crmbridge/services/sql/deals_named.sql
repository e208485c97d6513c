-- The deals of some names: the id of ours, or the system and the id there.
SELECT n.named, d.id
FROM (SELECT unnest($named) AS named) n
JOIN deals d ON d.id = n.named OR d.connection || ':' || d.external_id = n.named
WHERE coalesce(d.lifecycle, 'active') <> 'merged' ORDER BY 1, 2
