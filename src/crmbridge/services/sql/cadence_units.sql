-- The teams that have a calendar.
SELECT id, trim(calendar) FROM org_units WHERE trim(calendar) <> '' ORDER BY id
