-- The business date of a UTC instant in zone z.
CREATE OR REPLACE TEMP MACRO svc_day(t, z) AS CAST(timezone(z, timezone('UTC', t)) AS DATE)
