-- The teams in the order of their names, with the one above each.
SELECT id, name, parent_id, nullif(trim(calendar), '') AS calendar
FROM org_units
WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
ORDER BY name, id
