-- The figures of a weekly pack by hand, over data that it knows: one calendar, one pipeline, one currency, whole histories
-- whose events say where they come from, nothing reopened, no deals on hold, every stage open, won, lost or void.
-- The moment is the variable cut, the week is from start to until, days are those of Shanghai. pack_people.sql and
-- pack_customers.sql go on from here. A row of an answer is the group of figures, the name in it, and the figures.
CREATE TEMP MACRO d(t) AS CAST(t + INTERVAL 8 HOUR AS DATE);
CREATE TEMP MACRO today() AS d(getvariable('cut'));
CREATE TEMP MACRO span(a, b, p) AS CASE WHEN p = 'day' THEN (d(b) - d(a)) * 86400000000 ELSE epoch_us(b) - epoch_us(a) END;
CREATE TEMP MACRO half(k, n, z) AS z * sqrt(k / n * (1 - k / n) / n + z * z / (4 * n * n)) / (1 + z * z / n);
CREATE TEMP MACRO middle(k, n, z) AS (k / n + z * z / (2 * n)) / (1 + z * z / n);
CREATE TEMP MACRO low(k, n, z) AS CASE WHEN k = 0 THEN 0 ELSE greatest(0, middle(k, n, z) - half(k, n, z)) END;
CREATE TEMP MACRO high(k, n, z) AS CASE WHEN k = n THEN 1 ELSE least(1, middle(k, n, z) + half(k, n, z)) END;
CREATE TEMP TABLE ways AS  -- one look at the events: where each deal stands, stood, how far it got, and what it did in the week
SELECT record_id, arg_max(ord, seq) AS ord, max(ord) FILTER (ord <= 7) AS furthest, min("at") AS first_at, max("at") AS last_at,
  arg_max(ord, seq) FILTER ("at" <= getvariable('start')) AS was,
  max("at") FILTER (is_back AND "at" > getvariable('cut') - INTERVAL 30 DAY) AS back_at,
  bool_or(is_back AND in_week) AS went_back, bool_or(is_on AND in_week) AS went_on
FROM (
  SELECT e.record_id, e.seq, e."at", s.ord, s.rank < f.rank AND s.ord <= 7 AS is_back, s.rank > f.rank AND s.ord <= 7 AS is_on,
    e."at" > getvariable('start') AND e."at" <= getvariable('until') AS in_week
  FROM stage_events e JOIN stages s ON s.key = e.to_stage LEFT JOIN stages f ON f.key = e.from_stage
  WHERE e."at" <= getvariable('cut'))
GROUP BY record_id;
CREATE TEMP TABLE touched AS  -- one look at the activities: when each deal was last heard of, and last touched
SELECT deal_id, max(started_at) AS touched_at,
  max(started_at) FILTER (direction = 'in' AND type IN ('email', 'im', 'call') OR type = 'meeting' OR type = 'call' AND outcome <> 'no answer') AS heard_at
FROM activities WHERE started_at <= getvariable('cut') GROUP BY deal_id;
CREATE TEMP TABLE h AS
SELECT d.id, coalesce(d.name, d.external_id) AS label, d.name, d.owner_id, coalesce(u.name, d.owner_ref) AS who, coalesce(d.owner_id, 'ref:' || d.owner_ref) AS owner,
  u.active, d.source, d.account_id, d.account_ref, d.amount_e4, d.expected_close, d.probability, d.created_at, d.modified_at, d.reason, w.* EXCLUDE (record_id), x.touched_at, x.heard_at,
  s.key AS stage, s.rank, s.sla_days, s.category AS state, CASE WHEN s.category = 'won' THEN 8 ELSE w.furthest END AS reached,
  CASE WHEN s.category = 'open' THEN span(w.last_at, getvariable('cut'), d.created_at_precision) END AS age_us,
  CASE WHEN s.category = 'open' THEN span(w.last_at, getvariable('cut'), d.created_at_precision) > s.sla_days * 86400000000 END AS is_stalled,
  w.last_at > getvariable('start') AND w.last_at <= getvariable('until') AS in_week
FROM deals d JOIN ways w ON w.record_id = d.id JOIN stages s ON s.ord = w.ord LEFT JOIN users u ON u.id = d.owner_id
LEFT JOIN touched x ON x.deal_id = d.id;
CREATE TEMP TABLE steps AS
SELECT CASE WHEN was IS NULL AND first_at <= getvariable('until') THEN 'new' END AS came, CASE WHEN state <> 'open' AND in_week THEN state END AS went,
  was <= 7 AS was_open, first_at <= getvariable('until') AND (state = 'open' OR last_at > getvariable('until')) AS stays, amount_e4
FROM h WHERE was <= 7 OR was IS NULL;
SELECT 'waterfall', step, count(*), coalesce(sum(sign * amount_e4), 0), count(*) - count(amount_e4) FROM (
  SELECT 'opening' AS step, 1 AS sign, amount_e4 FROM steps WHERE was_open UNION ALL
  SELECT came, 1, amount_e4 FROM steps WHERE came IS NOT NULL UNION ALL
  SELECT went, -1, amount_e4 FROM steps WHERE went IS NOT NULL UNION ALL
  SELECT 'closing', 1, amount_e4 FROM steps WHERE stays)
GROUP BY step;
CREATE TEMP TABLE changed AS
SELECT what, id, label, who, amount_e4, reason, row_number() OVER (PARTITION BY what ORDER BY coalesce(amount_e4, -10000) DESC, coalesce(name, ''), id) AS place
FROM (SELECT *, 'new' AS what FROM h WHERE was IS NULL AND first_at <= getvariable('until') UNION ALL
      SELECT *, state FROM h WHERE state IN ('won', 'lost') AND in_week AND (was <= 7 OR was IS NULL));
SELECT 'changes', what || ' ' || place, id, label, who, amount_e4, CASE WHEN what <> 'new' THEN reason END FROM changed WHERE place <= 10;
SELECT 'changes', what || ' more', list(id ORDER BY place) FROM changed WHERE place > 10 GROUP BY what;
SELECT 'changes', what, list(id ORDER BY label, id), list(label ORDER BY label, id)[1:5] FROM (
  SELECT 'advanced' AS what, id, label FROM h WHERE went_on UNION ALL SELECT 'regressed', id, label FROM h WHERE went_back)
GROUP BY what;
CREATE TEMP TABLE funnel AS
SELECT s.key, s.rank, coalesce(sum(n) FILTER (here), 0) AS n, coalesce(sum(e4) FILTER (here), 0) AS e4, sum(n) FILTER (reached >= s.rank) AS reached,
  sum(n) FILTER (reached > s.rank) AS passed, sum(n) FILTER (reached >= s.rank AND NOT (state = 'open' AND reached = s.rank)) AS decided
FROM stages s, (SELECT stage, state, reached, count(*) AS n, sum(amount_e4) AS e4 FROM h WHERE state <> 'void' GROUP BY ALL) a, LATERAL (SELECT a.stage = s.key AS here)
WHERE s.category = 'open' GROUP BY s.key, s.rank;
SELECT 'funnel', key, n, e4, reached, passed, decided, low(passed, decided, 1.959963984540054), high(passed, decided, 1.959963984540054),
  CASE WHEN rank = first(rank) OVER (ORDER BY decided < 20, passed / decided, rank) THEN 'look here first' END
FROM funnel;
SELECT 'ageing', stage, count(*) FILTER (days <= 7), count(*) FILTER (days > 7 AND days <= 30), count(*) FILTER (days > 30 AND days <= 60),
  count(*) FILTER (days > 60 AND days <= 90), count(*) FILTER (days > 90 AND days <= 180), count(*) FILTER (days > 180)
FROM (SELECT stage, age_us // 86400000000 AS days FROM h WHERE state = 'open') GROUP BY stage;
CREATE TEMP TABLE channels AS SELECT source, count(*) FILTER (state = 'won') AS won, count(*) AS n FROM h WHERE state IN ('won', 'lost') AND source IS NOT NULL GROUP BY source;
SELECT 'channels', source, won, n, low(won, n, 1.959963984540054), high(won, n, 1.959963984540054),
  CASE WHEN p - q - sqrt((p - l1) ** 2 + (h2 - q) ** 2) > 0 THEN 'winner' WHEN p - q + sqrt((h1 - p) ** 2 + (q - l2) ** 2) < 0 THEN 'laggard'
       WHEN abs(p - q) < 0.05 THEN 'no clear difference' WHEN p > q THEN 'leading' ELSE 'trailing' END
FROM (SELECT *, won / n AS p, rest_won / rest AS q, low(won, n, z) AS l1, high(won, n, z) AS h1, low(rest_won, rest, z) AS l2, high(rest_won, rest, z) AS h2
      FROM (SELECT *, sum(won) OVER () - won AS rest_won, sum(n) OVER () - n AS rest, 2.4977054744123723 AS z FROM channels));
WITH odds AS (
  SELECT s.key, sum(n) FILTER (state = 'won' AND reached >= s.rank) / sum(n) FILTER (reached >= s.rank) AS chance
  FROM stages s, (SELECT state, reached, count(*) AS n FROM h WHERE state IN ('won', 'lost') AND d(last_at) BETWEEN today() - 365 AND today() GROUP BY ALL)
  WHERE s.category = 'open' GROUP BY s.key
),
placed AS (
  SELECT sum(amount_e4) FILTER (state = 'won') AS closed, sum(amount_e4) FILTER (state = 'open') AS coming, sum(amount_e4 * chance) FILTER (state = 'open') AS likely
  FROM h LEFT JOIN odds o ON o.key = h.stage
  WHERE state = 'won' AND d(last_at) BETWEEN DATE '2026-04-01' AND today() OR state = 'open' AND expected_close BETWEEN today() AND DATE '2026-06-30'
)
SELECT 'forecast', unnest(['closed', 'weighted', 'commit', 'best_case', 'total']),
  unnest([closed, closed + likely, closed, closed, closed + coming]) FROM (SELECT coalesce(closed, 0) AS closed, coalesce(coming, 0) AS coming, coalesce(likely, 0) AS likely FROM placed);
SELECT 'recognition', place, who, e4 FROM (
  SELECT who, sum(amount_e4) AS e4, rank() OVER (ORDER BY sum(amount_e4) DESC) AS place, row_number() OVER (ORDER BY sum(amount_e4) DESC, owner_id) AS row_no
  FROM h WHERE state = 'won' AND d(last_at) BETWEEN DATE '2026-05-01' AND today() AND owner_id IS NOT NULL GROUP BY owner_id, who HAVING sum(amount_e4) <> 0)
WHERE row_no <= 5;
CREATE TEMP TABLE pointed AS
SELECT id, label, who, amount_e4, expected_close, stage, sla_days, age_us, back_at, d(greatest(heard_at, created_at)) AS heard_on,
  CASE WHEN age_us > sla_days * 2 * 86400000000 THEN 3 WHEN is_stalled THEN 2 ELSE 0 END AS stalled,
  CASE WHEN expected_close < today() THEN 3 ELSE 0 END AS past, CASE WHEN today() - d(greatest(heard_at, created_at)) >= 14 THEN 2 ELSE 0 END AS quiet,
  CASE WHEN back_at IS NOT NULL THEN 2 ELSE 0 END AS back
FROM h WHERE state = 'open';
CREATE TEMP TABLE risky AS
WITH leveled AS (
  SELECT *, stalled + past + quiet + back AS points, 1 + (points >= 1)::INT + (points >= 3)::INT + (points >= 5)::INT + (points >= 7)::INT AS likely,
    CASE WHEN amount_e4 IS NOT NULL THEN 1 + (5 * (rank() OVER (PARTITION BY amount_e4 IS NULL ORDER BY amount_e4) - 1)) // count(*) OVER (PARTITION BY amount_e4 IS NULL) END AS fifth
  FROM pointed)
SELECT *, likely * fifth AS score, CASE WHEN likely * fifth >= 15 THEN 'high' WHEN likely * fifth >= 8 THEN 'medium' END AS band
FROM leveled WHERE likely * fifth >= 8 OR fifth IS NULL AND points > 0;
SELECT 'risk', row_number() OVER (ORDER BY score DESC NULLS LAST, [5, 15, 35, 60, 85][likely] * amount_e4 DESC NULLS LAST, points DESC, expected_close NULLS LAST, id) AS place,
  id, label, who, amount_e4, score, band, 'mitigate',
  CASE WHEN stalled = 3 THEN 'STALLED' WHEN past = 3 THEN 'CLOSE_DATE_PAST' WHEN stalled = 2 THEN 'STALLED' WHEN quiet = 2 THEN 'NO_ACTIVITY' ELSE 'REGRESSED' END,
  CASE WHEN stalled = 3 THEN (age_us // 86400000000)::VARCHAR WHEN past = 3 THEN expected_close::VARCHAR WHEN stalled = 2 THEN (age_us // 86400000000)::VARCHAR
       WHEN quiet = 2 THEN heard_on::VARCHAR ELSE d(back_at)::VARCHAR END
FROM risky ORDER BY place LIMIT 10;
SELECT 'risk', 'listed', count(*) FROM risky;
SELECT 'overdue', who, count(*), list(id ORDER BY age_us / sla_days DESC, age_us DESC, id) FROM h WHERE is_stalled GROUP BY who
