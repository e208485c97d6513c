-- svc_cadence_moves: the new tasks of sales that must go to a later day: the same person is greeted, or due a touch of care, that day,
-- or the company has had its touches of the week. Those that were made keep their place, then the earlier ones.
CREATE OR REPLACE TEMP TABLE svc_cadence_moves AS
WITH cared AS (
  SELECT DISTINCT person_key, greatest(due_day, $today) AS day FROM svc_cadence_slots WHERE class = 'care' AND NOT is_refused
  UNION SELECT person_key, day FROM svc_cadence_greeted
),
had AS (
  SELECT key AS account_id, date_trunc('week', day)::DATE AS week, count(DISTINCT subject) AS touches
  FROM svc_cadence_touches WHERE about = 'account' AND is_out AND day > $today - 7 GROUP BY ALL
),
placed AS (
  SELECT s.*, greatest(s.due_day, $today) AS at_day, date_trunc('week', greatest(s.due_day, $today))::DATE AS week
  FROM svc_cadence_slots s WHERE class = 'sales' AND NOT is_refused
),
ranked AS (
  SELECT p.*, row_number() OVER (PARTITION BY p.account_id, p.week ORDER BY made IS NULL, wanted_day, key) + coalesce(h.touches, 0) AS nth
  FROM placed p LEFT JOIN had h ON h.account_id = p.account_id AND h.week = p.week
),
moved AS (
  SELECT r.eno, r.calendar, c.day IS NOT NULL AS is_care_day,
    CASE WHEN c.day IS NOT NULL THEN r.at_day + 1 ELSE r.week + 7 END AS from_day
  FROM ranked r LEFT JOIN cared c ON c.person_key = r.person_key AND c.day = r.at_day
  WHERE r.made IS NULL AND (c.day IS NOT NULL OR r.account_id IS NOT NULL AND r.nth > $account_per_week)
)
SELECT m.eno, m.is_care_day, coalesce(d.forward, m.from_day) AS due_day
FROM moved m LEFT JOIN svc_cadence_days d ON d.calendar = m.calendar AND d.day = m.from_day
