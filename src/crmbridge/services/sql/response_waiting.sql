-- The leads of the period that wait for a first answer: those in time by what is left, then the late ones, the latest first.
-- `age_us` is the working time since the creation.
WITH chosen AS (
  SELECT r.*, coalesce(u.name, r.owner) AS owner_name FROM svc_response r LEFT JOIN users u ON u.id = r.owner_id
  WHERE stop_at IS NULL AND status IN ('pending', 'breached') AND start_day >= $first AND start_day < $after AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, owner))
  ORDER BY status = 'breached', CASE WHEN status = 'pending' THEN epoch_us(due_at) ELSE -epoch_us(due_at) END, r.subject, r.id
  LIMIT coalesce($most, 9223372036854775807)
),
known AS (SELECT *, coalesce(created_at, start_at) AS age_at FROM chosen),
now_ AS (
  SELECT k.place, greatest(0, arg_max(s.before_us + least(epoch_us($cut), epoch_us(s.end_at)) - epoch_us(s.begin_at), s.begin_at)) AS us
  FROM svc_calendars k JOIN svc_shifts s ON s.place = k.place AND s.begin_at <= $cut GROUP BY k.place
),
aged AS (
  SELECT c.*, n.us - greatest(0, s.before_us + least(epoch_us(c.age_at), epoch_us(s.end_at)) - epoch_us(s.begin_at)) AS age_us
  FROM known c ASOF JOIN svc_shifts s ON s.place = c.place AND c.age_at >= s.begin_at JOIN now_ n ON n.place = c.place
)
SELECT a.id, a.subject, coalesce(nullif(trim(l.full_name), ''), nullif(trim(l.company_name), ''), l.external_id, l.id) AS name,
  a.owner_id, a.owner_name, a.tier, a.status, a.start_at, a.due_at, a.n, a.unit, a.left_us, a.age_us
FROM aged a JOIN leads l ON l.id = a.id
ORDER BY a.status = 'breached', CASE WHEN a.status = 'pending' THEN epoch_us(a.due_at) ELSE -epoch_us(a.due_at) END, a.subject, a.id
