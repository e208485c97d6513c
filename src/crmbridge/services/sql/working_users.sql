-- The users who work by a calendar or in a zone of their own, or of their team: by calendar and zone.
SELECT calendar, zone, list(id ORDER BY id) AS ids
FROM (
  SELECT u.id, coalesce(nullif(trim(u.calendar), ''), nullif(trim(o.calendar), '')) AS calendar, nullif(trim(u.zone), '') AS zone
  FROM users u LEFT JOIN org_units o ON o.id = u.org_unit_id
)
WHERE calendar IS NOT NULL OR zone IS NOT NULL
GROUP BY ALL ORDER BY 1 NULLS FIRST, 2 NULLS FIRST
