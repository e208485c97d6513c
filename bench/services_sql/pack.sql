-- The figures of a weekly pack by hand, over data that it knows: one calendar, one pipeline, one currency, whole histories.
-- The moment is the variable cut, the week is from start to until, days are those of Shanghai.
CREATE TEMP MACRO d(t) AS CAST(t + INTERVAL 8 HOUR AS DATE);
CREATE TEMP MACRO span(a, b, p) AS CASE WHEN p = 'day' THEN (d(b) - d(a)) * 86400000000 ELSE epoch_us(b) - epoch_us(a) END;
CREATE TEMP TABLE ways AS
SELECT e.record_id, arg_max(e.to_stage, e.seq) AS stage, max(s.rank) FILTER (s.category = 'open') AS furthest,
  min(e."at") AS first_at, max(e."at") AS last_at, min(e.at_precision) AS prec,
  arg_max(e.to_stage, e.seq) FILTER (e."at" <= getvariable('start')) AS was,
  arg_max(s.rank, e.seq) FILTER (e."at" <= getvariable('start')) AS was_rank
FROM stage_events e JOIN stages s ON s.pipeline = e.pipeline AND s.key = e.to_stage
WHERE e."at" <= getvariable('cut') GROUP BY e.record_id;
CREATE TEMP TABLE h AS
SELECT d.id, d.owner_id, d.source, d.account_id, d.amount_e4, d.expected_close, d.probability, d.created_at, w.*, s.rank, s.sla_days,
  s.category AS state, CASE WHEN s.category = 'won' THEN 8 ELSE w.furthest END AS reached,
  CASE WHEN s.category = 'open' THEN span(w.last_at, getvariable('cut'), w.prec) END AS age_us
FROM deals d JOIN ways w ON w.record_id = d.id JOIN stages s ON s.pipeline = d.pipeline AND s.key = w.stage WHERE d.lifecycle = 'active';
SELECT 'waterfall', unnest(['opening', 'new', 'won', 'lost', 'closing']), unnest([
  [count(*) FILTER (was[1] = 's'), coalesce(sum(amount_e4) FILTER (was[1] = 's'), 0)],
  [count(*) FILTER (was IS NULL AND first_at <= getvariable('until')), coalesce(sum(amount_e4) FILTER (was IS NULL AND first_at <= getvariable('until')), 0)],
  [count(*) FILTER (state = 'won' AND gone), -coalesce(sum(amount_e4) FILTER (state = 'won' AND gone), 0)],
  [count(*) FILTER (state = 'lost' AND gone), -coalesce(sum(amount_e4) FILTER (state = 'lost' AND gone), 0)],
  [count(*) FILTER (stays), coalesce(sum(amount_e4) FILTER (stays), 0)]]::HUGEINT[][])
FROM (SELECT *, last_at > getvariable('start') AND last_at <= getvariable('until') AS gone,
  state = 'open' AND first_at <= getvariable('until') OR state <> 'open' AND first_at <= getvariable('until') AND last_at > getvariable('until') AS stays FROM h);
SELECT 'funnel', s.key, [count(*) FILTER (h.stage = s.key), coalesce(sum(amount_e4) FILTER (h.stage = s.key), 0), count(*) FILTER (h.reached >= s.rank)]::HUGEINT[]
FROM stages s, h WHERE s.category = 'open' AND h.state <> 'void' GROUP BY s.key;
SELECT 'ageing', stage, [count(*) FILTER (days <= 7), count(*) FILTER (days > 7 AND days <= 30), count(*) FILTER (days > 30 AND days <= 60),
  count(*) FILTER (days > 60 AND days <= 90)]::HUGEINT[]
FROM (SELECT stage, age_us // 86400000000 AS days FROM h WHERE state = 'open') GROUP BY stage;
SELECT 'channels', source, [count(*) FILTER (state = 'won'), count(*)]::HUGEINT[]
FROM h WHERE state IN ('won', 'lost') AND source IS NOT NULL GROUP BY source;
SELECT 'overdue', u.name, [count(*)]::HUGEINT[]
FROM h JOIN users u ON u.id = h.owner_id WHERE state = 'open' AND age_us > sla_days * 86400000000 GROUP BY ALL;
SELECT 'forecast', unnest(['closed', 'total']), unnest([[coalesce(sum(amount_e4) FILTER (state = 'won'), 0)],
  [coalesce(sum(amount_e4) FILTER (state = 'won'), 0) + coalesce(sum(amount_e4) FILTER (state = 'open'), 0)]]::HUGEINT[][])
FROM h WHERE state = 'won' AND d(last_at) BETWEEN DATE '2026-04-01' AND DATE '2026-06-30'
  OR state = 'open' AND expected_close BETWEEN DATE '2026-05-04' AND DATE '2026-06-30';
CREATE TEMP TABLE heard AS
SELECT deal_id, max(started_at) AS heard_at FROM activities
WHERE started_at <= getvariable('cut') AND (direction = 'in' AND type IN ('email', 'im', 'call') OR type = 'meeting' OR type = 'call' AND outcome <> 'no answer')
GROUP BY deal_id;
CREATE TEMP TABLE back AS
SELECT DISTINCT record_id FROM (
  SELECT e.record_id, e."at", s.rank < lag(s.rank) OVER (PARTITION BY e.record_id ORDER BY e.seq) AS is_back
  FROM stage_events e JOIN stages s ON s.pipeline = e.pipeline AND s.key = e.to_stage WHERE e."at" <= getvariable('cut'))
WHERE is_back AND "at" > getvariable('cut') - INTERVAL 30 DAY;
CREATE TEMP TABLE pointed AS
SELECT h.id, amount_e4, CASE WHEN age_us > sla_days * 2 * 86400000000 THEN 3 WHEN age_us > sla_days * 86400000000 THEN 2 ELSE 0 END AS stalled,
  coalesce(expected_close < d(getvariable('cut')), false) AS is_past,
  d(getvariable('cut')) - d(greatest(x.heard_at, h.created_at)) >= 14 AS is_quiet, b.record_id IS NOT NULL AS is_back
FROM h LEFT JOIN heard x ON x.deal_id = h.id LEFT JOIN back b ON b.record_id = h.id WHERE state = 'open';
SELECT 'risk', unnest(['stalled', 'close_date_past', 'no_activity', 'regressed']),
  unnest([[count(*) FILTER (stalled > 0)], [count(*) FILTER (is_past)], [count(*) FILTER (is_quiet)], [count(*) FILTER (is_back)]]::HUGEINT[][]) FROM pointed;
SELECT 'risk', unnest(['high', 'medium']), unnest([[count(*) FILTER (score >= 15)], [count(*) FILTER (score >= 8 AND score < 15)]]::HUGEINT[][]) FROM (
  SELECT (1 + (points >= 1)::INT + (points >= 3)::INT + (points >= 5)::INT + (points >= 7)::INT) * (1 + (5 * (place - 1)) // n) AS score FROM (
    SELECT stalled + is_past::INT * 3 + is_quiet::INT * 2 + is_back::INT * 2 AS points, rank() OVER (ORDER BY amount_e4) AS place, count(*) OVER () AS n
    FROM pointed WHERE amount_e4 IS NOT NULL));
CREATE TEMP TABLE bought AS
SELECT account_id, d(last_at) AS day, amount_e4 AS e4, d(getvariable('cut')) - d(last_at) AS age FROM h
WHERE state = 'won' AND account_id IS NOT NULL;
SELECT 'tiers', class, [count(*), sum(e4)]::HUGEINT[] FROM (
  SELECT e4, CASE WHEN before * 10 < whole * 8 THEN 'A' WHEN before * 100 < whole * 95 THEN 'B' ELSE 'C' END AS class FROM (
    SELECT e4, sum(e4) OVER () AS whole, coalesce(sum(e4) OVER (ORDER BY e4 DESC, account_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM (SELECT account_id, coalesce(sum(e4), 0) AS e4 FROM bought WHERE age <= 365 GROUP BY account_id)))
GROUP BY class;
SELECT 'churn', CASE WHEN points >= 60 THEN 'high' WHEN points >= 30 THEN 'medium' ELSE 'low' END AS level, [count(*)]::HUGEINT[] FROM (
  SELECT CASE WHEN days_since > 1.5 * gap THEN 30 ELSE 0 END + CASE WHEN d(getvariable('cut')) - d(coalesce(t.heard_at, a.created_at)) >= 60 AND t.account_id IS NOT NULL THEN 25 ELSE 0 END
    + CASE WHEN NOT lacks AND prior > 0 AND recent * 100 <= prior * 70 THEN 20 ELSE 0 END AS points
  FROM accounts a JOIN (
    SELECT account_id, min(age) AS days_since, CASE WHEN count(DISTINCT day) >= 3 THEN coalesce(median(gap), 120) ELSE 120 END AS gap FROM (
      SELECT account_id, day, any_value(age) AS age, day - lag(day) OVER (PARTITION BY account_id ORDER BY day) AS gap FROM bought GROUP BY account_id, day)
    GROUP BY account_id) p ON p.account_id = a.id
  LEFT JOIN (
    SELECT account_id, coalesce(sum(e4) FILTER (age < 365), 0) AS recent, coalesce(sum(e4) FILTER (age >= 365), 0) AS prior, bool_or(e4 IS NULL) AS lacks
    FROM bought WHERE age < 730 GROUP BY account_id) r ON r.account_id = a.id
  LEFT JOIN (
    SELECT d.account_id, max(v.started_at) FILTER (v.direction = 'in' AND v.type IN ('email', 'im', 'call') OR v.type = 'meeting' OR v.type = 'call' AND v.outcome <> 'no answer') AS heard_at
    FROM activities v JOIN deals d ON d.id = v.deal_id WHERE d.account_id IS NOT NULL AND v.started_at <= getvariable('cut') GROUP BY d.account_id) t ON t.account_id = a.id
  WHERE NOT (days_since > 365 AND days_since > 3 * gap))
GROUP BY level
