-- The leads behind one figure of one slice.
SELECT l.id FROM svc_leads l JOIN svc_slices s ON s.row_no = l.lead_no
WHERE ({counts}) AND s.slice_key IS NOT DISTINCT FROM $key
  AND ($view = 'all' OR (l.created_day >= CAST($start AS DATE) AND l.created_day < CAST($end AS DATE)))
ORDER BY 1
