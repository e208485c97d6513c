-- The deals behind one figure of one stage row.
SELECT c.record_id FROM svc_counted c
JOIN svc_slices s ON s.record_id = c.record_id
JOIN svc_stages t ON t.pipeline = c.pipeline AND t.key = $stage AND t.class = 'open'
WHERE ({counts}) AND s.slice_key IS NOT DISTINCT FROM $key AND ($stage_pipeline IS NULL OR t.pipeline = $stage_pipeline)
ORDER BY 1
