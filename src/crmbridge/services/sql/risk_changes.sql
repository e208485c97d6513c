-- svc_risk_changes: what expected closing dates and amounts of deals were changed from and to, up to $cut.
CREATE OR REPLACE TEMP TABLE svc_risk_changes AS
SELECT f.record_id, f.field, f."at" AS moment, f.seq AS place,
  CASE WHEN f.field = 'expected_close' THEN try_cast(f.old ->> '$' AS DATE) END AS old_day,
  CASE WHEN f.field = 'expected_close' THEN try_cast(f.new ->> '$' AS DATE) END AS new_day,
  CAST(try_cast(f.old ->> '$.amount' AS DECIMAL(20, 4)) * 10000 AS BIGINT) AS old_e4,
  CAST(try_cast(f.new ->> '$.amount' AS DECIMAL(20, 4)) * 10000 AS BIGINT) AS new_e4,
  f.old ->> '$.currency' AS old_currency, f.new ->> '$.currency' AS new_currency
FROM field_changes f
WHERE f.kind = 'deal' AND f."at" <= $cut AND f.field IN ('expected_close', 'amount')
