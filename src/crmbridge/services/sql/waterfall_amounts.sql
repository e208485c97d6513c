-- What the amounts of the deals that are not calm are now, and (`old`) what they were before each change, the oldest first. `moment` NULL: now.
SELECT d.id, CAST(NULL AS TIMESTAMP) AS moment, 0 AS seq, s.amount_e4, CASE WHEN s.amount_e4 IS NOT NULL THEN s.amount_currency END AS currency
FROM svc_states s JOIN deals d ON d.no = s.deal_no WHERE s.deal_no IN (SELECT deal_no FROM svc_waterfall WHERE NOT is_calm)
UNION ALL
SELECT f.record_id, f."at", f.seq,
  CASE WHEN list_contains($currencies, f.old ->> '$.currency') THEN CAST(try_cast(f.old ->> '$.amount' AS DECIMAL(20, 4)) * 10000 AS BIGINT) END,
  CASE WHEN list_contains($currencies, f.old ->> '$.currency') THEN f.old ->> '$.currency' END
FROM field_changes f WHERE f.kind = 'deal' AND f.field = 'amount' AND f.record_id IN (SELECT id FROM svc_waterfall WHERE NOT is_calm)
ORDER BY 1, 2 NULLS LAST, 3
