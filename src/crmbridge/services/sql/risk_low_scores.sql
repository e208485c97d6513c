-- The customers whose last answer, not longer ago than $since, was a low one.
WITH answers AS (
  SELECT coalesce(s.account_id, c.account_id) AS account_id,
    coalesce(s.answered_at, s.created_at) AS moment, s.id, lower(s.type) AS type, s.score,
    try_cast(regexp_extract(CAST(s.scale AS VARCHAR), '([0-9]+)[^0-9]*$', 1) AS INTEGER) AS scale
  FROM survey_responses s LEFT JOIN contacts c ON c.id = s.contact_id
  WHERE s.score IS NOT NULL AND lower(s.type) IN ('csat', 'nps')
    AND coalesce(s.lifecycle, 'active') NOT IN ('deleted', 'merged')
),
last AS (
  SELECT account_id, arg_max(type, (moment, id)) AS type, arg_max(score, (moment, id)) AS score,
    arg_max(coalesce(scale, 0), (moment, id)) AS scale
  FROM answers WHERE account_id IS NOT NULL AND moment <= $cut AND moment > CAST($cut AS TIMESTAMP) - $since
  GROUP BY account_id
)
SELECT l.account_id, a.name, a.owner_id FROM last l JOIN accounts a ON a.id = l.account_id
WHERE (l.type = 'nps' AND l.score <= $nps_at_most) OR (l.type = 'csat' AND l.scale IN (0, 5) AND l.score <= $csat_at_most)
ORDER BY l.account_id
