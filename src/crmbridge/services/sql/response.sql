-- svc_response: the clock of each lead in working time: what passed until the answer (or until now), when the time is over,
-- and what became of it. A start of which only the day is known is the end of that day, as long as nobody answered; with an
-- answer, workdays between the two days are counted.
CREATE OR REPLACE TEMP TABLE svc_response AS
WITH clocks AS (
  SELECT *, stop_at IS NOT NULL AND (is_start_day OR is_stop_day) AS by_days,
    CASE WHEN is_start_day THEN start_at + INTERVAL 1 DAY ELSE start_at END AS from_at, coalesce(stop_at, $cut) AS until_at,
    svc_day(start_at, $zone) AS start_day, svc_day(stop_at, $zone) AS stop_day
  FROM svc_clocks WHERE start_at IS NOT NULL
),
started AS (
  SELECT c.*, greatest(0, s.before_us + least(epoch_us(c.from_at), epoch_us(s.end_at)) - epoch_us(s.begin_at)) AS start_us
  FROM clocks c ASOF JOIN svc_shifts s ON s.place = c.place AND c.from_at >= s.begin_at
),
ended AS (
  SELECT c.*, greatest(0, s.before_us + least(epoch_us(c.until_at), epoch_us(s.end_at)) - epoch_us(s.begin_at)) AS until_us
  FROM started c ASOF JOIN svc_shifts s ON s.place = c.place AND c.until_at >= s.begin_at
),
due AS (
  SELECT e.*, CASE WHEN unit = 'd' THEN from_at + to_microseconds(target_us) WHEN target_us = 0 THEN from_at
                   ELSE s.begin_at + to_microseconds(start_us + target_us - s.before_us) END AS due_at
  FROM ended e ASOF LEFT JOIN svc_shifts s ON s.place = e.place AND e.start_us + e.target_us > s.before_us
),
used AS (
  SELECT d.*, greatest(0, CASE WHEN unit = 'd' THEN epoch_us(until_at) - epoch_us(from_at) ELSE until_us - start_us END) AS used_us,
    z.workday_no - a.workday_no AS workdays, stop_day - start_day AS days
  FROM due d
  LEFT JOIN svc_days a ON d.by_days AND a.place = d.place AND a.day = d.start_day
  LEFT JOIN svc_days z ON d.by_days AND z.place = d.place AND z.day = d.stop_day
)
SELECT id, subject, owner_id, owner, place, tier, created_at, start_at, start_day, stop_at, n, unit, due_at,
  CASE WHEN NOT by_days THEN used_us END AS used_us, target_us - used_us AS left_us, is_remembered,
  CASE WHEN NOT by_days AND stop_at IS NOT NULL THEN until_us - start_us END AS answer_us,
  CASE WHEN NOT by_days AND stop_at IS NOT NULL THEN epoch_us(stop_at) - epoch_us(from_at) END AS elapsed_us,
  CASE
    WHEN stop_at IS NULL AND is_decided THEN 'closed'
    WHEN stop_at IS NULL AND NOT tells THEN 'unavailable'
    WHEN stop_at IS NULL THEN CASE WHEN used_us <= target_us THEN 'pending' ELSE 'breached' END
    WHEN NOT by_days THEN CASE WHEN used_us <= target_us THEN 'met' ELSE 'breached' END
    WHEN unit = 'd' THEN CASE WHEN days <= n THEN 'met' ELSE 'breached' END
    WHEN workdays IS NULL THEN 'unknown'
    WHEN unit = 'bd' THEN CASE WHEN workdays <= n THEN 'met' ELSE 'breached' END
    WHEN (workdays - 1) * day_us > target_us THEN 'breached'
    WHEN (workdays + 1) * day_us <= target_us THEN 'met'
    ELSE 'unknown' END AS status
FROM used
UNION ALL BY NAME
SELECT id, subject, owner_id, owner, place, tier, created_at, svc_day(created_at, $zone) AS start_day, n, unit, is_remembered,
  'unknown' AS status
FROM svc_clocks WHERE start_at IS NULL
