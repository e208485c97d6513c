-- svc_slices: which slice each record (by its number) falls into. A blank is NULL and makes the `unknown` row.
-- The fragments in braces come from the registry of dimensions, never from what somebody typed.
CREATE OR REPLACE TEMP TABLE svc_slices AS
SELECT row_no, CASE WHEN trim(slice_key) = '' THEN NULL ELSE slice_key END AS slice_key, slice_label
FROM (SELECT r.no AS row_no, CAST({key} AS VARCHAR) AS slice_key, CAST({label} AS VARCHAR) AS slice_label
      FROM {table} r {joins})
