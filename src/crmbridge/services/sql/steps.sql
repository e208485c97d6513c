-- One row an open stage: how many deals got that far, and where the open and lost ones stopped. Void deals leave every
-- row; a deal whose furthest stage nobody knows is in none of these (see furthest_unknown.sql).
WITH standing AS (  -- the deals that are alike, counted once for all stages
  SELECT pipeline, stage, class, state, furthest, count(*) AS deals, count(amount_e4) AS known, coalesce(sum(amount_e4), 0) AS e4
  FROM svc_counted WHERE class <> 'void' GROUP BY ALL
),
compared AS (
  SELECT t.pipeline, t.key AS stage, t.rank, c.deals, c.known, c.e4, c.furthest >= t.rank AS has_reached,
    c.furthest >= t.rank + 1 AS has_passed, c.furthest = t.rank AND c.class = 'open' AS is_open,
    c.furthest = t.rank AND c.class = 'lost' AS is_lost, c.state = 'open' AND c.stage = t.key AS is_here
  FROM svc_stages t LEFT JOIN standing c ON c.pipeline = t.pipeline
  WHERE t.class = 'open' AND ($pipeline IS NULL OR t.pipeline = $pipeline)
)
SELECT pipeline, stage, rank,
  svc_total(deals, has_reached) AS reached,
  svc_total(deals, has_passed) AS reached_next,
  svc_total(deals, is_open) AS open_at,
  svc_total(deals, is_lost) AS lost_at,
  struct_pack(e4 := svc_total(e4, is_lost), n := svc_total(known, is_lost), unknown := svc_total(deals - known, is_lost)) AS lost_amount,
  svc_total(deals, is_here) AS now,
  struct_pack(e4 := svc_total(e4, is_here), n := svc_total(known, is_here), unknown := svc_total(deals - known, is_here)) AS now_amount
FROM compared GROUP BY pipeline, stage, rank
ORDER BY pipeline, rank
