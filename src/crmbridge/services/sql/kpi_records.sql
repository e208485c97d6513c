-- The records behind a KPI, or behind one slice of it: those counted, or of a rate its denominator.
SELECT record_id FROM (
  SELECT r.id AS record_id, CAST({key} AS VARCHAR) AS key, {where} AS a, {of} AS b, {day} AS day
  FROM {table} r {joins}
  WHERE {live}
)
WHERE {period} AND {part} AND {slice}
ORDER BY record_id
