-- svc_clocks: two clocks of each ticket, `tier` says of what: its first answer, and its resolution. A ticket that was resolved
-- and of which nobody tells when, or when it was answered, is decided; what ended before it began is not known.
CREATE OR REPLACE TEMP TABLE svc_clocks AS
WITH measured AS (
  SELECT t.*, 'first_response' AS tier, first_response_at AS stop_at, is_first_response_day AS is_stop_day, tells_first AS tells,
    is_decided OR resolved_at IS NOT NULL AS is_over FROM svc_tickets t
  UNION ALL
  SELECT t.*, 'resolution', resolved_at, is_resolved_day, tells_resolved, is_decided FROM svc_tickets t
),
started AS (
  SELECT *, CASE WHEN stop_at IS NULL THEN opened_at
                 WHEN is_opened_day OR is_stop_day THEN CASE WHEN svc_day(stop_at, $zone) >= svc_day(opened_at, $zone) THEN opened_at END
                 WHEN stop_at >= opened_at THEN opened_at END AS start_at
  FROM measured
)
SELECT s.id, s.subject, s.owner_id, s.owner, s.place, s.tier, s.opened_at AS created_at, s.start_at, s.is_opened_day AS is_start_day,
  s.tells, s.is_over AS is_decided, s.stop_at, s.is_stop_day, g.n, g.unit,
  CASE g.unit WHEN 'bh' THEN g.n * 3600000000 WHEN 'bd' THEN g.n * k.day_us ELSE g.n * 86400000000 END AS target_us, k.day_us,
  true AS is_remembered
FROM started s JOIN svc_limits g ON g.target = s.target AND g.measure = s.tier JOIN svc_calendars k ON k.place = s.place
