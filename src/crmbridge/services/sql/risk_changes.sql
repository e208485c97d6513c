-- svc_risk_changes: what expected closing dates and amounts of deals were changed from and to, up to $cut.
CREATE OR REPLACE TEMP TABLE svc_risk_changes AS
SELECT f.record_id, f.field, f."at" AS moment, f.rank AS place,
  CASE WHEN f.field = 'expected_close' THEN try_cast(f.old AS DATE) END AS old_day,
  CASE WHEN f.field = 'expected_close' THEN try_cast(f.new AS DATE) END AS new_day,
  CASE WHEN f.field = 'amount' THEN f.old_e4 END AS old_e4, CASE WHEN f.field = 'amount' THEN f.new_e4 END AS new_e4,
  f.old_currency, f.new_currency
FROM ({told}) f
WHERE f.kind = 'deal' AND f."at" <= $cut AND f.field IN ('expected_close', 'amount')
