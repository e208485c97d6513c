-- The business date of a UTC instant in zone z. Asking the zone costs fifteen times what adding does: where the least and
-- the greatest distance of the zone from UTC in these years give the same date, that is the one.
CREATE OR REPLACE TEMP MACRO svc_day(t, z) AS
  CASE WHEN t >= TIMESTAMP '{first}' AND t < TIMESTAMP '{last}'
            AND CAST(t + to_seconds({least}) AS DATE) = CAST(t + to_seconds({greatest}) AS DATE)
       THEN CAST(t + to_seconds({least}) AS DATE)
       ELSE CAST(timezone(z, timezone('UTC', t)) AS DATE) END
