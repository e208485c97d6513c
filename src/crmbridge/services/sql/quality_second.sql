-- The second of the business day of a UTC instant in zone z.
CREATE OR REPLACE TEMP MACRO svc_second(t, z) AS
  (epoch(timezone(z, timezone('UTC', t))) % 86400)::BIGINT
