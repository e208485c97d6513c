-- The policies with their lists.
CREATE OR REPLACE TEMP TABLE svc_cadence_policies AS
SELECT p.*, l.* EXCLUDE (no)
FROM svc_cadence_policies p LEFT JOIN (
  SELECT no, list(value) FILTER (what = 'kind') AS kinds, list(value) FILTER (what = 'category') AS categories,
    list(value) FILTER (what = 'tier') AS tiers, coalesce(list(value) FILTER (what = 'exit'), []) AS exits
  FROM svc_cadence_lists GROUP BY no
) l ON l.no = p.no
