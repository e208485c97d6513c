-- svc_customers: one row an account. Days are whole business dates, money is a count of 1/10,000; nothing is a float:
-- half days of a median gap are kept doubled, shares and multiples as counts of 1/10,000.
CREATE OR REPLACE {made} AS
WITH bought AS (
  SELECT account_id, day, e4, $today - day AS age FROM svc_purchases
  WHERE account_id IS NOT NULL AND day IS NOT NULL AND day <= $today
),
days AS (SELECT DISTINCT account_id, day FROM bought),
gaps AS (SELECT account_id, day - lag(day) OVER (PARTITION BY account_id ORDER BY day) AS gap FROM days),
paces AS (  -- the median gap, doubled
  SELECT account_id, gap[(n + 1) // 2] + gap[n // 2 + 1] AS twice_gap
  FROM (SELECT account_id, list_sort(list(gap) FILTER (gap IS NOT NULL)) AS gap, count(gap) AS n, count(*) AS bought_on
        FROM gaps GROUP BY account_id)
  WHERE bought_on >= $own_gap_from
),
ever AS (
  SELECT account_id, min(age) AS days_since, count(*) FILTER (age <= $loyal_days) AS lately FROM bought GROUP BY account_id
),
window_ AS (
  SELECT account_id, min(age) AS age, count(*) AS orders, coalesce(sum(e4), 0)::BIGINT AS e4, count(e4) AS known
  FROM bought WHERE age <= $window_days GROUP BY account_id
),
ordered AS (
  SELECT *, count(*) OVER () AS n, rank() OVER (ORDER BY age DESC) - 1 AS older, rank() OVER (ORDER BY orders) - 1 AS rarer,
    rank() OVER (ORDER BY e4) - 1 AS poorer, sum(e4) OVER () AS whole,
    coalesce(sum(e4) OVER (ORDER BY e4 DESC, account_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
  FROM window_
),
middle AS (
  SELECT CASE WHEN n < $quintiles_from THEN list_sort(list(e4))[(n + 1) // 2] + list_sort(list(e4))[n // 2 + 1] END AS twice
  FROM ordered GROUP BY n
),
pointed AS (
  SELECT o.*,
    CASE WHEN o.n >= $quintiles_from THEN 1 + least(4, 5 * older // o.n)
         ELSE 5 - list_count(list_filter($recency_steps, lambda step: o.age > step)) END AS r,
    CASE WHEN o.n >= $quintiles_from THEN 1 + least(4, 5 * rarer // o.n)
         ELSE 5 - list_count(list_filter($order_steps, lambda step: o.orders < step)) END AS f,
    CASE WHEN o.n >= $quintiles_from THEN 1 + least(4, 5 * poorer // o.n)
         ELSE 5 - list_count(list_filter($money_steps, lambda step: o.e4::HUGEINT * 20000 < step::HUGEINT * m.twice)) END AS m,
    CASE WHEN whole <= 0 THEN NULL WHEN before::HUGEINT * 10000 < whole::HUGEINT * $a_below THEN 'A'
         WHEN before::HUGEINT * 10000 < whole::HUGEINT * $b_below THEN 'B' ELSE 'C' END AS value_class
  FROM ordered o, middle m
),
answers AS (  -- the last answer to each kind of survey
  SELECT account_id, bool_or(is_low) AS is_unhappy
  FROM (SELECT *, row_number() OVER (PARTITION BY account_id, type ORDER BY answered_at DESC, id DESC) AS place
        FROM svc_surveys WHERE account_id IS NOT NULL AND is_counted)
  WHERE place = 1 GROUP BY account_id
),
remembered AS (
  SELECT subject, body ->> 'state' AS state, "at" FROM service_events
  WHERE service = 'customers' AND "at" <= $cut
  QUALIFY row_number() OVER (PARTITION BY subject ORDER BY "at" DESC) = 1
),
living AS (
  SELECT a.id, a.external_id, nullif(trim(a.name), '') AS name, a.vip, e.days_since, e.lately,
    coalesce(p.twice_gap, 2 * coalesce(MAP($gap_segments::VARCHAR[], $segment_gaps::BIGINT[])[a.segment], $gap_days)) AS twice_gap,
    w.orders, w.e4, w.known, w.r, w.f, w.m, w.value_class, coalesce(s.is_unhappy, false) AS is_unhappy,
    b.state AS before_state, b."at" AS before_at
  FROM accounts a
  LEFT JOIN ever e ON e.account_id = a.id
  LEFT JOIN paces p ON p.account_id = a.id
  LEFT JOIN pointed w ON w.account_id = a.id
  LEFT JOIN answers s ON s.account_id = a.id
  LEFT JOIN remembered b ON b.subject = a.id
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
),
stated AS (
  SELECT *,
    CASE WHEN days_since IS NULL THEN 'potential'
         WHEN days_since > $dormant_days AND days_since::HUGEINT * 20000 > $dormant_gaps::HUGEINT * twice_gap THEN 'dormant'
         WHEN days_since::HUGEINT * 20000 > $at_risk_gaps::HUGEINT * twice_gap THEN 'at_risk'
         WHEN lately >= $loyal_orders AND NOT is_unhappy THEN 'loyal'
         ELSE 'active' END AS found,
    coalesce(vip, false) OR coalesce(e4 >= $vip_e4, false) OR coalesce(value_class = 'A' AND r + f + m >= $vip_points, false)
      AS is_vip
  FROM living
)
SELECT * EXCLUDE (found),
  CASE WHEN before_state IS NOT NULL AND before_state <> found AND before_at > $held_since THEN before_state ELSE found END
    AS state
FROM stated
