-- svc_pool_owners: who owned each record when it was looked at before: the last owner remembered, and the last time that one
-- let it go back (`let_go_at`, `let_go_by`), and when it was last taken out of the pool again.
CREATE OR REPLACE TEMP TABLE svc_pool_owners AS
WITH seen AS (
  SELECT subject AS id, body ->> '$.owner' AS owner, body ->> '$.was' AS was, "at" FROM service_events
  WHERE service = 'pool' AND "at" <= $cut
)
SELECT id, arg_max(struct_pack(owner := owner), "at").owner AS owner,
  max("at") FILTER (owner IS NULL AND was IS NOT NULL) AS let_go_at,
  arg_max(was, "at") FILTER (owner IS NULL AND was IS NOT NULL) AS let_go_by,
  max("at") FILTER (owner IS NOT NULL AND was IS NULL AND "at" > first_at) AS taken_at
FROM (SELECT *, min("at") OVER (PARTITION BY id) AS first_at FROM seen) GROUP BY id
