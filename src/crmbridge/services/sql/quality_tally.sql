-- For each slice of a kind: how many records are judged, and of each check to how many it applies and how many fail.
-- A standing is what records are named by as examples: how old one is, its title, and last its subject, which alone is
-- different in every system.
-- The fragments in braces come from the registries of checks and dimensions; what somebody typed is a parameter.
SELECT key, min(label) AS label, count(*) AS records, count(*) FILTER ({judged}) AS judged{tallies}
FROM (
  SELECT CASE WHEN trim(key) = '' THEN NULL ELSE key END AS key, * EXCLUDE (key)
  FROM (
    SELECT concat_ws(chr(31), coalesce(CAST(r.created_at AS VARCHAR), '~'), coalesce(CAST({title} AS VARCHAR), '~'),
        coalesce(r.subject, r.id)) AS standing,
      CAST({key} AS VARCHAR) AS key, CAST({label} AS VARCHAR) AS label{flags}
    FROM {table} r {joins}
    WHERE {live}
  )
)
GROUP BY key
ORDER BY key NULLS LAST
