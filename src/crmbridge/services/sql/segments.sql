-- Each slice's won and lost deals, and how many of the lost ones nobody decided; the one that nobody could place is left out.
SELECT s.slice_key AS key, min(s.slice_label) AS label, count(*) FILTER (c.state = 'won') AS won,
  count(*) FILTER (c.state IN ('won', 'lost') AND NOT c.is_no_decision) AS decided
FROM svc_counted c JOIN svc_slices s ON s.row_no = c.deal_no
WHERE s.slice_key IS NOT NULL
GROUP BY s.slice_key ORDER BY s.slice_key
