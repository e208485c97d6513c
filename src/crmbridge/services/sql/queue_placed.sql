-- svc_queue: the rows with P, which counts 1 / (unit x most_n): whole numbers, so that equal ones are equal.
CREATE OR REPLACE TEMP VIEW svc_queue AS
SELECT *, {most_n}::HUGEINT AS most_n,
  (urgent * {urgency_n} + tier_n + stage_n)::HUGEINT * {most_n} + {value_n}::HUGEINT * coalesce(value_n, 0) AS p
FROM svc_queue_rows
