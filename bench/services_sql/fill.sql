-- The same company for the same number of deals, whatever the machine.
CREATE TEMP MACRO h(n, salt) AS (hash(n * 97 + salt) % 1000000)::BIGINT;
INSERT INTO users (id, external_id, lifecycle, name, active)
SELECT format('U{:025d}', n), 'u' || n, 'active', 'Owner ' || n, n % 25 <> 7 FROM range(200) t(n);
INSERT INTO accounts (id, subject, connection, object, external_id, lifecycle, name, city, owner_ref, owner_id, created_at)
SELECT format('A{:025d}', n), 'crm:a' || n, 'crm', 'account', 'a' || n, 'active', 'Company No. ' || n // 2 * 2 + CASE WHEN h(n, 1) < 20000 THEN 0 ELSE n % 2 END,
  CASE WHEN n % 10 = 0 THEN NULL ELSE 'City ' || n // 2 % 300 END, 'u' || h(n, 2) % 200, format('U{:025d}', h(n, 2) % 200), TIMESTAMP '2020-01-01'
FROM range(getvariable('deals') // 20) t(n);
INSERT INTO calendar_days
SELECT 'CN', day, dayofweek(day) BETWEEN 1 AND 5, count(*) FILTER (dayofweek(day) BETWEEN 1 AND 5) OVER (ORDER BY day)
FROM (SELECT CAST(DATE '2020-01-01' + n::INT AS DATE) AS day FROM range(2900) t(n));
CREATE TEMP TABLE made AS
SELECT n, format('D{:025d}', n) AS id, 3 + h(n, 3) % 5 AS length,
  CASE WHEN h(n, 4) < 250000 THEN 'won' WHEN h(n, 4) < 700000 THEN 'lost' WHEN h(n, 4) < 720000 THEN 'void' ELSE 'open' END AS state,
  h(n, 5) < 100000 AS is_back, h(n, 6) < 200000 AS by_day,
  CASE WHEN state = 'open' THEN TIMESTAMP '2026-03-01 01:00:00' + to_seconds(h(n, 7) * 5)
       ELSE TIMESTAMP '2023-01-01 01:00:00' + to_seconds(h(n, 7) * 94) END AS began
FROM range(getvariable('deals')) t(n);
INSERT INTO stage_events (record_id, kind, pipeline, seq, from_stage, to_stage, "at", at_precision, origin)
SELECT id, 'deal', 'sales', seq, lag(stage) OVER (PARTITION BY n ORDER BY seq), stage,
  CASE WHEN by_day THEN date_trunc('day', moment) - INTERVAL 8 HOUR ELSE moment END, CASE WHEN by_day THEN 'day' ELSE 'exact' END, 'vendor'
FROM (
  SELECT m.*, seq, CASE WHEN seq = length AND state <> 'open' THEN state WHEN seq = 4 AND is_back THEN 's2' ELSE 's' || seq END AS stage,
    began + to_seconds(sum(CASE WHEN seq = 1 THEN 0 ELSE h(n * 8 + seq, 8) * 3 % 2600000 END) OVER (PARTITION BY n ORDER BY seq)::BIGINT) AS moment
  FROM made m, range(1, 8) s(seq) WHERE seq <= length
)
ORDER BY n, seq;
INSERT INTO deals (id, subject, connection, object, external_id, lifecycle, name, pipeline, stage, stage_raw, category, account_ref, account_id,
  owner_ref, owner_id, amount_e4, amount_currency, probability, expected_close, created_at, created_at_precision, modified_at,
  modified_at_precision, closed_at, closed_at_precision, reason, source, channel, history_quality)
SELECT id, 'crm:' || n, 'crm', 'deal', 'd' || n, 'active', CASE WHEN h(n, 9) < 10000 THEN NULL ELSE 'Deal ' || n END, 'sales', l.stage, l.stage, state,
  CASE WHEN h(n, 10) < 20000 THEN NULL ELSE 'a' || h(n, 11) % (getvariable('deals') // 20) END,
  CASE WHEN h(n, 10) < 25000 THEN NULL ELSE format('A{:025d}', h(n, 11) % (getvariable('deals') // 20)) END,
  CASE WHEN h(n, 12) < 30000 THEN NULL WHEN h(n, 12) < 35000 THEN 'gone' || n % 5 ELSE 'u' || h(n, 13) % 200 END,
  CASE WHEN h(n, 12) < 35000 THEN NULL ELSE format('U{:025d}', h(n, 13) % 200) END,
  CASE WHEN h(n, 14) < 50000 THEN NULL WHEN h(n, 14) < 60000 THEN 0 WHEN h(n, 14) < 61000 THEN -50000 ELSE h(n, 15) * 10000 END,
  'CNY', CASE WHEN state = 'won' THEN CASE WHEN h(n, 16) < 10000 THEN 0.5 ELSE 1 END WHEN h(n, 16) < 10000 THEN 1 ELSE 0.3 END,
  CASE WHEN h(n, 17) < 100000 THEN NULL ELSE CAST(began AS DATE) + (h(n, 18) % 700)::INT - 10 END,
  l.first_at, CASE WHEN by_day THEN 'day' ELSE 'exact' END, l.last_at + to_days(-3 + (h(n, 19) % 200)::INT), 'exact',
  CASE WHEN state IN ('won', 'lost') THEN l.last_at END, CASE WHEN by_day THEN 'day' ELSE 'exact' END,
  CASE WHEN state = 'lost' AND h(n, 20) < 800000 THEN ['price', 'Competitor', 'timing'][1 + h(n, 21) % 3] END,
  CASE WHEN h(n, 22) < 100000 THEN NULL ELSE ['web', 'fair', 'referral', 'partner'][1 + h(n, 23) % 4] END,
  CASE WHEN h(n, 24) < 300000 THEN NULL ELSE ['online', 'field'][1 + h(n, 25) % 2] END, 'full'
FROM made JOIN (SELECT record_id, arg_max(to_stage, seq) AS stage, min("at") AS first_at, max("at") AS last_at FROM stage_events GROUP BY record_id) l
  ON l.record_id = id
ORDER BY n;
