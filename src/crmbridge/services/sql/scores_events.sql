-- What customers did that counts for records of a kind: for which one, how old it is, and under which rules. What a machine
-- did by itself, what is only planned and what lies after $cut do not count.
SELECT s.no, s.id, e.* EXCLUDE (precision),
  svc_span_us(e.moment, e.precision, CAST($cut AS TIMESTAMP), 'exact', $zone) AS age_us
FROM (
  SELECT r.id AS activity, {key} AS "key", coalesce(r.ended_at, r.started_at, r.logged_at) AS moment,
    CASE WHEN r.ended_at IS NOT NULL THEN r.ended_at_precision WHEN r.started_at IS NOT NULL THEN r.started_at_precision
         ELSE r.logged_at_precision END AS precision,
    {rules}
  FROM activities r {joins}
  WHERE {key} IS NOT NULL AND coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND NOT coalesce(r.automated, false)
    AND coalesce(r.state, 'done') = 'done' AND coalesce(r.ended_at, r.started_at, r.logged_at) <= $cut
    AND (NOT $then OR coalesce(r.logged_at, r.created_at, r.ended_at, r.started_at) <= $cut)
) e JOIN ({pointed}) s ON s."key" = e."key"
WHERE {any}
