-- The sum of counts x over the rows where c holds.
CREATE OR REPLACE TEMP MACRO svc_total(x, c) AS coalesce(sum(x) FILTER (c), 0)::HUGEINT
