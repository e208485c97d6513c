-- svc_touches: when each deal and each lead was last touched by a person, as far as activities tell.
CREATE OR REPLACE TEMP TABLE svc_touches AS
WITH done AS (
  SELECT a.deal_id, a.lead_id, coalesce(a.ended_at, a.started_at, a.logged_at) AS moment
  FROM activities a
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.counts_as_touch, true)
    AND NOT coalesce(a.automated, false) AND coalesce(a.state, 'done') = 'done'
)
SELECT record_id, max(moment) AS at_last
FROM (SELECT deal_id AS record_id, moment FROM done UNION ALL SELECT lead_id, moment FROM done)
WHERE record_id IS NOT NULL AND moment <= $cut
GROUP BY record_id
