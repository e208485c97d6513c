-- svc_cadence_before: how each enrolment stood after the last run up to $cut.
CREATE OR REPLACE TEMP TABLE svc_cadence_before AS
WITH last AS (
  SELECT subject AS enrolment, "at", body FROM service_events WHERE service = 'cadence' AND "at" <= $cut
  QUALIFY row_number() OVER (PARTITION BY subject ORDER BY "at" DESC) = 1
)
SELECT enrolment, "at" AS said_at, body, split_part(enrolment, '|', 1) AS policy, split_part(enrolment, '|', 2) AS kind,
  array_to_string(string_split(enrolment, '|')[3:], '|') AS subject,
  (body ->> 'seq')::INTEGER AS seq, body ->> 'state' AS state, body ->> 'why' AS why,
  (body ->> 'start')::TIMESTAMP AS start_at, (body ->> 'since')::DATE AS since, body ->> 'before' AS before,
  (body ->> 'asked')::INTEGER AS asked, (body ->> 'asked_due')::DATE AS asked_due,
  from_json(body -> 'settled', '[{"occurrence":"INTEGER","day":"DATE","how":"VARCHAR"}]') AS settled
FROM last
