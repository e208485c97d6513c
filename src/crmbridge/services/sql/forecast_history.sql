-- Of the deals decided in the training window: how many reached each open stage, and how many of those were won.
WITH decided AS (
  SELECT pipeline, furthest, state = 'won' AS is_won, count(*) AS deals
  FROM svc_states
  WHERE state IN ('won', 'lost') AND closed_day >= $from AND closed_day <= $today AND furthest IS NOT NULL
  GROUP BY ALL
)
SELECT t.pipeline, t.key AS stage, t.rank, svc_total(d.deals, d.furthest >= t.rank) AS reached,
       svc_total(d.deals, d.furthest >= t.rank AND d.is_won) AS won
FROM svc_stages t LEFT JOIN decided d ON d.pipeline = t.pipeline
WHERE t.class = 'open' AND ($pipeline IS NULL OR t.pipeline = $pipeline)
GROUP BY t.pipeline, t.key, t.rank ORDER BY t.pipeline, t.rank
