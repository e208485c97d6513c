-- The deals behind one figure of one slice.
SELECT c.record_id FROM svc_counted c JOIN svc_slices s ON s.record_id = c.record_id
WHERE ({counts}) AND s.slice_key IS NOT DISTINCT FROM $key ORDER BY 1
