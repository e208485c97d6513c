-- The queue by hand: one calendar, one source, no cadence, tiers off the records, chances off the stages.
CREATE TEMP TABLE hand AS
WITH today AS (SELECT workday_no AS no FROM calendar_days WHERE day = DATE '2026-11-01'),
said AS (
  SELECT coalesce(deal_id, lead_id) AS id, started_at, direction = 'in' AND type = 'email' AS asks FROM activities
  WHERE started_at > TIMESTAMP '2026-10-02' - INTERVAL 0 SECOND AND started_at <= TIMESTAMP '2026-11-01'
),
last_ AS (SELECT id, max(started_at) FILTER (NOT asks) AS at FROM said GROUP BY id),
waiting AS (
  SELECT s.id, min(s.started_at) AS since FROM said s JOIN last_ l USING (id) WHERE s.asks AND (l.at IS NULL OR s.started_at > l.at)
  GROUP BY s.id
),
starts AS (
  SELECT l.id, l.tier, greatest(l.created_at, l.assigned_at) AS now_at, min(a.started_at) FILTER (a.started_at >= l.created_at) AS ever,
    min(a.started_at) FILTER (a.started_at >= greatest(l.created_at, l.assigned_at)) AS later, any_value(l.created_at) AS created_at
  FROM leads l LEFT JOIN activities a ON a.lead_id = l.id AND a.direction = 'out' AND a.started_at <= TIMESTAMP '2026-11-01'
  GROUP BY l.id, l.tier, now_at
),
clocks AS (
  SELECT id, CASE tier WHEN 'A' THEN 60 WHEN 'B' THEN 240 WHEN 'C' THEN 450 ELSE 1350 END * 60000000::BIGINT AS target,
    now_at + INTERVAL 8 HOUR AS local
  FROM starts WHERE ever IS NULL
),
begun AS (
  SELECT c.id, (d.workday_no - d.is_workday::INT) * 27000000000 + CASE WHEN d.is_workday THEN
      least(greatest(epoch_us(local) - epoch_us(day + INTERVAL 9 HOUR), 0), 10800000000)
      + least(greatest(epoch_us(local) - epoch_us(day + INTERVAL 13 HOUR + INTERVAL 30 MINUTE), 0), 16200000000) ELSE 0 END AS w, c.target
  FROM clocks c JOIN calendar_days d ON d.day = c.local::DATE
  WHERE c.local::DATE >= DATE '2026-08-04'
),
responses AS (
  SELECT b.id, d.day AS due, b.w + b.target AS x FROM begun b
  JOIN calendar_days d ON d.is_workday AND d.workday_no = (b.w + b.target - 1) // 27000000000 + 1
),
due AS (
  SELECT coalesce(deal_id, lead_id) AS id, due_date AS day, external_key AS key FROM tasks WHERE status = 'open'
  QUALIFY row_number() OVER (PARTITION BY coalesce(deal_id, lead_id) ORDER BY due_date, external_key) = 1
),
records AS (
  SELECT d.id, d.subject, CASE WHEN a.vip THEN 20 ELSE CASE a.tier WHEN 'A' THEN 16 WHEN 'B' THEN 10 WHEN 'C' THEN 5 ELSE 0 END END AS tier,
    list_position(['prospect', 'first_contact', 'needs_confirmed', 'quoted', 'negotiation'], d.stage) AS rank,
    d.amount_e4 * [1, 2, 4, 6, 8][list_position(['prospect', 'first_contact', 'needs_confirmed', 'quoted', 'negotiation'], d.stage)] AS value
  FROM deals d JOIN accounts a ON a.id = d.account_id
  WHERE d.hold_until IS NULL OR d.id IN (SELECT id FROM waiting)
  UNION ALL
  SELECT id, subject, CASE tier WHEN 'A' THEN 16 WHEN 'B' THEN 10 WHEN 'C' THEN 5 ELSE 0 END, 0, NULL FROM leads
),
joined AS (
  SELECT r.*, CASE WHEN w.id IS NOT NULL THEN 0 WHEN x.id IS NOT NULL THEN 1 ELSE 2 END AS class,
    CASE WHEN w.id IS NOT NULL THEN (w.since + INTERVAL 8 HOUR)::DATE WHEN x.id IS NOT NULL THEN x.due ELSE t.day END AS day,
    CASE WHEN w.id IS NULL AND x.id IS NULL THEN coalesce(t.key, r.subject) ELSE r.subject END AS key
  FROM records r LEFT JOIN waiting w ON w.id = r.id LEFT JOIN responses x ON x.id = r.id LEFT JOIN due t ON t.id = r.id
)
SELECT j.id, j.class, j.day, j.key,
  (CASE WHEN j.day <= DATE '2026-11-01' THEN least(6, t.no - c.workday_no + 1) ELSE 0 END * 20 + j.tier * 3 + j.rank * 6)::HUGEINT
    * max(j.value) OVER () + 90 * coalesce(j.value, 0) AS p3, max(j.value) OVER () AS most
FROM joined j, today t LEFT JOIN calendar_days c ON c.day = j.day;
SELECT class, count(*), sum(hash(id) % 1000003)::BIGINT, round(sum(p3 / (3.0 * most)), 1), sum(epoch(day))::BIGINT,
  list(id ORDER BY p3 DESC, day NULLS LAST, key)[1:200] FROM hand GROUP BY class ORDER BY class
