-- Leads created in the period by slice, and how many of them became a deal: flagged as converted, or named by a deal.
-- A lead of status void was created all the same; it is counted.
SELECT s.slice_key AS key, min(s.slice_label) AS label, count(*) AS leads, count(*) FILTER (l.is_converted) AS converted
FROM svc_leads l JOIN svc_slices s ON s.record_id = l.id
WHERE $view = 'all' OR (l.created_day >= CAST($start AS DATE) AND l.created_day < CAST($end AS DATE))
GROUP BY s.slice_key
ORDER BY s.slice_key NULLS LAST
