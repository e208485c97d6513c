-- One pass with a window over the events for the time in stage, one group-by for the rest.
CREATE TEMP MACRO d(t) AS CAST(t + INTERVAL 8 HOUR AS DATE);
CREATE TEMP MACRO span(a, b, p) AS CASE WHEN p = 'day' THEN (d(b) - d(a)) * 86400000000 ELSE epoch_us(b) - epoch_us(a) END;
CREATE TEMP TABLE stays AS
SELECT record_id, to_stage AS stage, span("at", lead("at") OVER (PARTITION BY record_id ORDER BY seq), at_precision) AS dwell_us
FROM stage_events WHERE "at" <= TIMESTAMP '2026-11-01';
CREATE TEMP TABLE ways AS
SELECT record_id, max(s.rank) FILTER (s.category = 'open') AS furthest, min(e."at") AS first_at, max(e."at") AS last_at, min(e.at_precision) AS prec
FROM stage_events e JOIN stages s ON s.pipeline = e.pipeline AND s.key = e.to_stage
WHERE e."at" <= TIMESTAMP '2026-11-01' GROUP BY record_id;
CREATE TEMP TABLE h AS
SELECT d.id, d.owner_id, coalesce(d.owner_id, 'ref:' || d.owner_ref) AS owner, d.account_id, d.stage, d.category AS state, d.amount_e4, w.last_at, w.first_at, w.prec,
  CASE WHEN d.category = 'won' THEN 8 ELSE w.furthest END AS furthest,
  CASE WHEN d.category = 'won' THEN span(w.first_at, w.last_at, w.prec) END AS cycle_us
FROM deals d JOIN ways w ON w.record_id = d.id WHERE d.lifecycle = 'active';
SELECT 'rows', CASE WHEN grouping(owner) = 1 THEN 'all' ELSE coalesce(owner, '') END, [count(*), count(*) FILTER (state = 'won'),
  count(*) FILTER (state = 'lost'), count(*) FILTER (state = 'open'), count(*) FILTER (state = 'void'),
  coalesce(sum(amount_e4) FILTER (state = 'won'), 0), coalesce(sum(amount_e4) FILTER (state = 'lost'), 0), coalesce(sum(amount_e4) FILTER (state = 'open'), 0),
  count(*) FILTER (state = 'won')::DOUBLE / count(*) FILTER (state IN ('won', 'lost')),
  sum(amount_e4) FILTER (state = 'won')::DOUBLE / sum(amount_e4) FILTER (state IN ('won', 'lost')),
  avg(cycle_us) / 86400000000, quantile_cont(cycle_us::DOUBLE, 0.5) / 86400000000]
FROM h GROUP BY GROUPING SETS ((), (owner));
SELECT 'stages', s.key, [s.reached, s.open_at, s.lost_at, t.mean, t.q[1], t.q[2], s.stalled] FROM (
  SELECT s.key, count(*) FILTER (h.furthest >= s.rank) AS reached, count(*) FILTER (h.furthest = s.rank AND h.state = 'open') AS open_at,
    count(*) FILTER (h.furthest = s.rank AND h.state = 'lost') AS lost_at,
    count(*) FILTER (h.stage = s.key AND span(h.last_at, TIMESTAMP '2026-11-01', h.prec) > s.sla_days * 86400000000) AS stalled
  FROM stages s, h WHERE s.category = 'open' AND h.state <> 'void' GROUP BY s.key) s
LEFT JOIN (SELECT stage, avg(us) / 86400000000 AS mean, list_transform(quantile_cont(us::DOUBLE, [0.5, 0.9]), lambda x: x / 86400000000) AS q
  FROM (SELECT stage, record_id, sum(dwell_us) AS us FROM stays
        WHERE record_id NOT IN (SELECT id FROM h WHERE state = 'void')
        GROUP BY stage, record_id HAVING count(*) = count(dwell_us))
  GROUP BY stage) t ON t.stage = s.key
