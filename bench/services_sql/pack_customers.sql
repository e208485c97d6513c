-- The figures of customers in a weekly pack by hand, after pack.sql: won deals are what they bought, there are no orders,
-- surveys, contracts or tickets, and one policy for VIPs.
CREATE TEMP TABLE bought AS
SELECT account_id, d(last_at) AS day, amount_e4 AS e4, today() - d(last_at) AS age FROM h WHERE state = 'won' AND account_id IS NOT NULL;
CREATE TEMP TABLE customers AS
WITH ever AS (
  SELECT account_id, min(age) AS days_since, bool_or(e4 IS NULL AND age < 730) AS lacks, coalesce(sum(e4) FILTER (age < 365), 0) AS recent,
    coalesce(sum(e4) FILTER (age >= 365 AND age < 730), 0) AS prior
  FROM bought GROUP BY account_id
),
paces AS (
  SELECT account_id, CASE WHEN count(*) >= 3 THEN median(gap) ELSE 120 END AS gap
  FROM (SELECT account_id, day - lag(day) OVER (PARTITION BY account_id ORDER BY day) AS gap FROM (SELECT DISTINCT account_id, day FROM bought)) GROUP BY account_id
),
ranked AS (
  SELECT *, 3 + least(4, 5 * (rank() OVER (ORDER BY age DESC) - 1) // count(*) OVER ()) + least(4, 5 * (rank() OVER (ORDER BY orders) - 1) // count(*) OVER ())
      + least(4, 5 * (rank() OVER (ORDER BY e4) - 1) // count(*) OVER ()) AS points,
    sum(e4) OVER () AS whole, coalesce(sum(e4) OVER (ORDER BY e4 DESC, account_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
  FROM (SELECT account_id, min(age) AS age, count(*) AS orders, coalesce(sum(e4), 0) AS e4 FROM bought WHERE age <= 365 GROUP BY account_id)
),
talks AS (
  SELECT account_id, max(heard_at) AS heard_at, max(touched_at) AS touched_at FROM h WHERE account_id IS NOT NULL AND touched_at IS NOT NULL GROUP BY account_id
)
SELECT a.id, a.name, u.name AS who, e.* EXCLUDE (account_id), p.gap, r.e4, r.points, d(coalesce(t.heard_at, a.created_at)) AS heard_on, t.account_id IS NOT NULL AS is_told,
  d(coalesce(t.touched_at, a.created_at)) AS touched_on, CASE WHEN before * 10 < whole * 8 THEN 'A' WHEN before * 100 < whole * 95 THEN 'B' WHEN before IS NOT NULL THEN 'C' END AS class
FROM accounts a JOIN ever e ON e.account_id = a.id JOIN paces p ON p.account_id = a.id
LEFT JOIN ranked r ON r.account_id = a.id LEFT JOIN talks t ON t.account_id = a.id LEFT JOIN users u ON u.id = a.owner_id;
SELECT 'tiers', class, count(*), sum(e4) FROM customers WHERE class IS NOT NULL GROUP BY class;
SELECT 'tiers', 'vip', count(*), sum(e4) FROM customers WHERE class = 'A' AND points >= 13;
CREATE TEMP TABLE gaps AS
SELECT c.id, c.name, c.who, c.touched_on, t.workday_no - s.workday_no AS gap
FROM customers c JOIN calendar_days s ON s.day = c.touched_on JOIN calendar_days t ON t.day = today()
WHERE class = 'A' AND points >= 13 AND is_told AND t.workday_no - s.workday_no > 10;
SELECT 'customers gaps', row_number() OVER (ORDER BY gap DESC, name, id) AS place, id, name, who, touched_on::VARCHAR, gap FROM gaps ORDER BY place LIMIT 10;
SELECT 'customers gaps', 'more', count(*) - 10 FROM gaps HAVING count(*) > 10;
CREATE TEMP TABLE leaving AS
SELECT *, CASE WHEN is_late THEN 30 ELSE 0 END + CASE WHEN is_silent THEN 25 ELSE 0 END + CASE WHEN is_less THEN 20 ELSE 0 END AS score
FROM (SELECT *, days_since > 1.5 * gap AS is_late, is_told AND today() - heard_on >= 60 AS is_silent, NOT lacks AND prior > 0 AND recent * 100 <= prior * 70 AS is_less
      FROM customers WHERE NOT (days_since > 365 AND days_since > 3 * gap));
SELECT 'customers leaving', row_number() OVER (ORDER BY score DESC, coalesce(e4, 0) DESC, name, id) AS place, id, name, who, score,
  CASE WHEN is_late THEN days_since END, CASE WHEN is_late THEN gap END, CASE WHEN is_silent THEN today() - heard_on END, CASE WHEN is_less THEN recent END, CASE WHEN is_less THEN prior END
FROM leaving WHERE score >= 60 ORDER BY place LIMIT 10;
SELECT 'customers leaving', 'more', count(*) - 10 FROM leaving WHERE score >= 60 HAVING count(*) > 10
