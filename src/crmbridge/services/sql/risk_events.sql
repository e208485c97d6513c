-- What happened to the items of the register up to the cut, in order. What a person does at one moment in several steps is
-- kept a microsecond apart.
SELECT subject, e."at", body FROM service_events e
WHERE service = 'risk_register' AND e."at" < CAST($cut AS TIMESTAMP) + INTERVAL 1 SECOND
ORDER BY e."at", subject
