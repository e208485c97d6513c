-- svc_touches: when each deal and each lead was last touched by a person, as far as activities tell.
CREATE OR REPLACE TEMP TABLE svc_touches AS
SELECT record_id, max(touched_at) AS at_last
FROM (SELECT deal_id AS record_id, touched_at FROM svc_touched UNION ALL SELECT lead_id, touched_at FROM svc_touched)
WHERE record_id IS NOT NULL AND touched_at IS NOT NULL
GROUP BY record_id
