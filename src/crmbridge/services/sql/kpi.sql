-- One row a slice of a KPI: its records, what they add up to, and the currencies of what was added up.
-- `a` are the records counted (of a rate: the numerator), `b` the denominator. The fragments come from the registries
-- of measures and dimensions; every value somebody typed is a parameter.
SELECT key, min(label) AS label,
  count(*) FILTER (a) AS matched,
  count(*) FILTER (b) AS base,
  count(value) FILTER (a) AS known,
  count(base_value) FILTER (b) AS base_known,
  sum(value) FILTER (a) AS total,
  sum(base_value) FILTER (b) AS base_total,
  {median} AS median,
  count(DISTINCT member) FILTER (a) AS members,
  list_distinct(list_concat(list(DISTINCT value_currency) FILTER (a AND value IS NOT NULL),
    list(DISTINCT base_currency) FILTER (b AND base_value IS NOT NULL))) AS currencies
FROM (
  SELECT CASE WHEN trim(key) = '' THEN NULL ELSE key END AS key, * EXCLUDE (key)
  FROM (
    SELECT r.id AS record_id, CAST({key} AS VARCHAR) AS key, CAST({label} AS VARCHAR) AS label,
      {where} AS a, {of} AS b, {value} AS value, {base_value} AS base_value, CAST({member} AS VARCHAR) AS member,
      {value_currency} AS value_currency, {base_currency} AS base_currency, {day} AS day
    FROM {table} r {joins}
    WHERE {live}
  )
)
WHERE {period}
GROUP BY key
ORDER BY key NULLS LAST
