-- svc_cadence_refused: which channels a person does not want, '*' for all.
CREATE OR REPLACE TEMP TABLE svc_cadence_refused AS
WITH told AS (
  SELECT p.person_key, coalesce(c.do_not_contact, false) AS nothing, TRY_CAST(c.consent AS JSON) AS consent
  FROM contacts c JOIN persons p ON p.record_id = c.id
  WHERE coalesce(c.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (c.do_not_contact OR c.consent IS NOT NULL)
)
SELECT DISTINCT person_key, '*' AS channel FROM told WHERE nothing
UNION
SELECT person_key, channel FROM told, (SELECT unnest(['email', 'call', 'meeting', 'im', 'sms']) AS channel)
WHERE lower(coalesce(consent ->> channel, CASE channel WHEN 'call' THEN consent ->> 'phone' END)) IN ('false', 'no', 'denied', 'refused', 'opted_out', 'withdrawn')
