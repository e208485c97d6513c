-- Leads created in the period by slice, and how many of them became a deal: flagged as converted, or named by a deal.
-- A lead of status void was created all the same; it is counted.
SELECT {key} AS key, min({label}) AS label, count(*) AS leads, count(*) FILTER (l.is_converted) AS converted
FROM svc_leads l {slices}
WHERE $view = 'all' OR (l.created_day >= CAST($start AS DATE) AND l.created_day < CAST($end AS DATE))
GROUP BY 1
ORDER BY 1 NULLS LAST
