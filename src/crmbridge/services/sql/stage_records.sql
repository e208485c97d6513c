-- The deals behind one figure of one stage row.
SELECT d.id FROM svc_counted c
JOIN svc_slices s ON s.row_no = c.deal_no
JOIN svc_stages t ON t.pipeline = c.pipeline AND t.key = $stage AND t.class = 'open'
JOIN deals d ON d.no = c.deal_no
WHERE ({counts}) AND s.slice_key IS NOT DISTINCT FROM $key AND ($stage_pipeline IS NULL OR t.pipeline = $stage_pipeline)
ORDER BY 1
