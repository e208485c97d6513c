-- The records behind a KPI, or behind one slice of it: those counted, or of a rate its denominator.
SELECT record_id FROM (
  SELECT r.id AS record_id, CAST({key} AS VARCHAR) AS key FROM {table} r {joins}
  WHERE ({live}) AND ({period}) AND ({seen}) AND ({part})
)
WHERE {slice}
ORDER BY record_id
