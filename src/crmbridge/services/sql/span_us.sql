-- Microseconds from a to b (pa, pb: their precisions). If either end is known only to the day, whole calendar days
-- between the business dates in zone z. NULL where an end is unknown.
CREATE OR REPLACE TEMP MACRO svc_span_us(a, pa, b, pb, z) AS
  CASE WHEN pa = 'day' OR pb = 'day'
       THEN (svc_day(b, z) - svc_day(a, z)) * 86400000000::BIGINT
       ELSE epoch_us(b) - epoch_us(a) END
