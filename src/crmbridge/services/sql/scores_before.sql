-- svc_tiers_before: the tier that each record had come into last, and when.
CREATE OR REPLACE TEMP TABLE svc_tiers_before AS
SELECT subject, arg_max(body, "at") ->> '$.tier' AS tier, max("at") AS since
FROM service_events WHERE service = 'lead_tiers' AND "at" <= $cut GROUP BY subject
