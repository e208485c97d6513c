-- Everybody who can have a goal, in the order of their names: team, manager, capacity and calendar.
SELECT id, name, email, external_id, active, manager_id, org_unit_id AS team_id, capacity_fte AS fte, ramp,
  nullif(trim(calendar), '') AS calendar, nullif(trim(zone), '') AS zone
FROM users
WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
ORDER BY name, id
