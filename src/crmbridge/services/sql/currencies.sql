-- The currencies whose amounts the report would add up.
SELECT DISTINCT amount_currency FROM svc_counted WHERE amount_e4 IS NOT NULL AND state <> 'void' ORDER BY 1
