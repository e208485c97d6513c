CREATE TEMP TABLE hand AS
WITH done AS (
  SELECT lead_id, (epoch_us(TIMESTAMP '2026-11-01') - epoch_us(started_at)) / 86400000000 AS age, type, direction
  FROM activities
  WHERE started_at <= TIMESTAMP '2026-11-01' AND state = 'done' AND NOT automated
    AND (type IN ('form', 'web_event', 'meeting') OR (type IN ('email', 'call') AND direction = 'in'))
),
engaged AS (
  SELECT lead_id, least(100, least(20, coalesce(sum(5 * pow(0.5, age / 7)) FILTER (type = 'web_event'), 0)) + coalesce(sum(
      CASE type WHEN 'form' THEN 30 * pow(0.5, age / 14) WHEN 'meeting' THEN 20 * pow(0.5, age / 30) ELSE 25 * pow(0.5, age / 14) END)
    FILTER (type <> 'web_event'), 0)) AS points
  FROM done GROUP BY lead_id
),
before AS (
  SELECT subject, arg_max(body, "at") ->> '$.tier' AS tier, max("at") AS since FROM service_events
  WHERE service = 'lead_tiers' AND "at" <= TIMESTAMP '2026-11-01' GROUP BY subject
),
parts AS (
  SELECT l.id, l.owner_id, b.tier AS was, b.since, (l.emails = '[]' AND l.phones = '[]') OR l.status = 'disqualified' AS is_out,
    greatest(0, least(100, CASE WHEN l.company_name IS NOT NULL THEN 20 ELSE 0 END
      + CASE WHEN regexp_matches(l.title, '(?i)总|经理|主任|主管|负责人|厂长|校长|院长|董事|CEO|CFO|CIO|CTO|COO|chief|director|founder|head|manager|owner|partner|president|principal|VP') THEN 30 ELSE 0 END
      + CASE WHEN l.phones <> '[]' THEN 15 ELSE 0 END + CASE WHEN l.emails <> '[]' THEN 10 ELSE 0 END
      + CASE WHEN l.industry IS NOT NULL THEN 10 ELSE 0 END
      + CASE WHEN regexp_matches(l.source, '(?i)referral|recommend|partner|介绍|推荐') THEN 15 ELSE 0 END
      - CASE WHEN regexp_matches(l.emails, '\.edu"|\.edu\.cn"|\.ac\.uk"') THEN 30 ELSE 0 END)) AS fit,
    coalesce(e.points, 0) AS engagement,
    coalesce(need * 40, 0) + coalesce(budget * 20, 0) + coalesce(authority * 20, 0) + coalesce(timing * 20, 0) AS wv,
    (need IS NOT NULL)::INT * 40 + (budget IS NOT NULL)::INT * 20 + (authority IS NOT NULL)::INT * 20 + (timing IS NOT NULL)::INT * 20 AS known
  FROM leads l LEFT JOIN engaged e ON e.lead_id = l.id LEFT JOIN before b ON b.subject = l.id
  WHERE l.lifecycle NOT IN ('deleted', 'merged') AND l.status <> 'converted' AND l.converted_at IS NULL
    AND l.converted_deal_id IS NULL AND l.created_at <= TIMESTAMP '2026-11-01'
),
scored AS (
  SELECT *, CASE WHEN is_out THEN NULL WHEN known = 0 THEN (0.4 * fit + 0.3 * engagement) / 0.7
                 ELSE 0.4 * fit + 0.3 * engagement + 0.3 * 100 * wv / (3 * known) END AS score
  FROM parts
),
placed AS (
  SELECT *, CASE WHEN score >= 80 - 1e-9 AND known >= 60 THEN 0 WHEN score >= 60 - 1e-9 THEN 1 WHEN score >= 40 - 1e-9 THEN 2 ELSE 3 END AS raw,
    CASE was WHEN 'A' THEN 0 WHEN 'B' THEN 1 WHEN 'C' THEN 2 WHEN 'D' THEN 3 END AS place
  FROM scored
)
SELECT id, owner_id, score, fit, engagement, was,
  CASE WHEN is_out THEN 'X' WHEN place IS NULL OR raw <= place THEN ['A', 'B', 'C', 'D'][raw + 1]
       WHEN CASE place WHEN 0 THEN score >= 75 - 1e-9 AND known >= 60 WHEN 1 THEN score >= 55 - 1e-9 WHEN 2 THEN score >= 35 - 1e-9 ELSE true END THEN was
       WHEN since > TIMESTAMP '2026-10-25' THEN was ELSE ['A', 'B', 'C', 'D'][raw + 1] END AS tier
FROM placed;
SELECT tier, count(*), round(sum(score), 3), sum(hash(id) % 1000003)::BIGINT, count(*) FILTER (tier IS DISTINCT FROM was) FROM hand GROUP BY tier
