-- One row an open stage: how many deals got that far, and where the open and lost ones stopped. Void deals leave every
-- row; a deal whose furthest stage nobody knows is in none of these (see furthest_unknown.sql).
SELECT t.pipeline, t.key AS stage, t.rank,
  count(*) FILTER (c.furthest >= t.rank) AS reached,
  count(*) FILTER (c.furthest >= t.rank + 1) AS reached_next,
  count(*) FILTER (c.furthest = t.rank AND c.class = 'open') AS open_at,
  count(*) FILTER (c.furthest = t.rank AND c.class = 'lost') AS lost_at,
  svc_amount(c.amount_e4, c.furthest = t.rank AND c.class = 'lost') AS lost_amount,
  count(*) FILTER (c.state = 'open' AND c.stage = t.key) AS now,
  svc_amount(c.amount_e4, c.state = 'open' AND c.stage = t.key) AS now_amount
FROM svc_stages t LEFT JOIN svc_counted c ON c.pipeline = t.pipeline AND c.class <> 'void'
WHERE t.class = 'open' AND ($pipeline IS NULL OR t.pipeline = $pipeline)
GROUP BY t.pipeline, t.key, t.rank
ORDER BY t.pipeline, t.rank
