-- The records that fail one check, those of one slice where $one_slice is set (a NULL $slice is the blank one): the
-- oldest first, and an order that only ids would make last.
SELECT record_id, subject, title, owner, parts
FROM (
  SELECT r.created_at AS made, r.id AS record_id, coalesce(r.subject, r.id) AS subject, CAST({title} AS VARCHAR) AS title,
    CAST({owner} AS VARCHAR) AS owner, {parts} AS parts,
    CAST({key} AS VARCHAR) AS key, CASE WHEN {applies} THEN coalesce({fails}, false) END AS fails
  FROM {table} r {joins}
  WHERE {live}
)
WHERE fails AND (NOT $one_slice OR nullif(trim(key), '') IS NOT DISTINCT FROM $slice)
ORDER BY made NULLS LAST, title NULLS LAST, subject, record_id
