-- svc_quotes: of each deal with a quote that was sent: until when one holds, whether all have expired, and whether one that holds gives a larger
-- discount than its owner (else the deal's) may give, and nobody approved it. The discount is 1 - net / list.
CREATE OR REPLACE TEMP TABLE svc_quotes AS
WITH told AS (
  SELECT q.deal_id, q.valid_until, q.status = 'expired' OR (coalesce(q.status, 'sent') = 'sent' AND q.valid_until < svc_day(CAST($cut AS TIMESTAMP), $zone))
      AS is_expired,
    q.list_total_e4 > 0 AND q.list_total_currency IS NOT DISTINCT FROM q.amount_currency
      AND (q.list_total_e4 - q.amount_e4)::HUGEINT * 1000000 > CAST(coalesce(o.discount_authority, d.discount_authority) * 1000000 AS HUGEINT) * q.list_total_e4
      AND coalesce(q.approval, 'none') <> 'approved' AS is_over
  FROM quotes q JOIN deals x ON x.id = q.deal_id
  LEFT JOIN users o ON o.id = q.owner_id LEFT JOIN users d ON d.id = x.owner_id
  WHERE coalesce(q.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(q.status, 'sent') IN ('sent', 'accepted', 'expired')
    AND (q.created_at IS NULL OR q.created_at <= $cut)
)
SELECT deal_id, max(valid_until) AS valid_until, bool_and(coalesce(is_expired, false)) AS is_expired,
  coalesce(bool_or(is_over AND NOT coalesce(is_expired, false)), false) AS is_over
FROM told GROUP BY deal_id
