-- The open deals whose level is another than when they were last looked at.
WITH before AS (
  SELECT subject, arg_max(CAST(body ->> 'level' AS INTEGER), e."at") AS level
  FROM service_events e WHERE e.service = 'risk_level' AND e."at" <= $cut GROUP BY subject
)
SELECT r.id, r.probability FROM svc_risk r LEFT JOIN before b ON b.subject = r.id
WHERE b.level IS DISTINCT FROM r.probability ORDER BY r.id
