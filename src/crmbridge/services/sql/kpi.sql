-- One row a slice with the figures of several KPIs over the same records, each KPI's in a struct of its own.
-- The fragments come from the registries of measures and dimensions; every value somebody typed is a parameter.
SELECT key, min(label) AS label, {figures}
FROM (
  SELECT CASE WHEN trim(key) = '' THEN NULL ELSE key END AS key, * EXCLUDE (key)
  FROM (
    SELECT CAST({key} AS VARCHAR) AS key, CAST({label} AS VARCHAR) AS label, {columns}
    FROM {table} r {joins}
    WHERE ({live}) AND ({period}) AND ({seen})
  )
)
GROUP BY key
ORDER BY key NULLS LAST
