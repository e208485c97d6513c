-- The deals behind one figure of one slice.
SELECT d.id FROM svc_counted c JOIN svc_slices s ON s.row_no = c.deal_no JOIN deals d ON d.no = c.deal_no
WHERE ({counts}) AND s.slice_key IS NOT DISTINCT FROM $key ORDER BY 1
