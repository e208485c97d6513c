-- The exact sum of amount a over the rows where c holds, how many amounts that is, and how many rows have none.
CREATE OR REPLACE TEMP MACRO svc_amount(a, c) AS struct_pack(
  e4 := coalesce(sum(a) FILTER (c), 0), n := count(a) FILTER (c), unknown := count(*) FILTER (c AND a IS NULL)
)
