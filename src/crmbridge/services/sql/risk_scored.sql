-- svc_risk: every open deal with its points, how likely and how bad it is to lose it (levels 1 to 5), and the product.
-- The impact is the amount's share of what is left of the owner's target; without one, its fifth among the open deals.
CREATE OR REPLACE TEMP TABLE svc_risk AS
WITH pointed AS (
  SELECT *, {points} AS points FROM svc_risk_signals
),
fifths AS (
  SELECT deal_no, 1 + (5 * (rank() OVER (PARTITION BY amount_currency ORDER BY amount_e4) - 1))
    // count(*) OVER (PARTITION BY amount_currency) AS fifth
  FROM svc_risk_signals WHERE amount_e4 IS NOT NULL
),
leveled AS (
  SELECT p.*,
    1 + (points >= $level2)::INT + (points >= $level3)::INT + (points >= $level4)::INT + (points >= $level5)::INT AS probability,
    CASE WHEN p.amount_e4 IS NULL THEN NULL
         WHEN t.owner_id IS NOT NULL AND p.amount_currency = $currency
           THEN 1 + (amount_e4 >= b2)::INT + (amount_e4 >= b3)::INT + (amount_e4 >= b4)::INT + (amount_e4 >= b5)::INT
         ELSE f.fifth END AS impact,
    CASE WHEN p.amount_e4 IS NULL THEN NULL WHEN t.owner_id IS NOT NULL AND p.amount_currency = $currency THEN 'target'
         ELSE 'fifth' END AS impact_by
  FROM pointed p LEFT JOIN svc_risk_targets t ON t.owner_id = p.owner_id LEFT JOIN fifths f ON f.deal_no = p.deal_no
)
SELECT *, probability * impact AS score,
  CASE WHEN impact IS NULL THEN NULL WHEN probability * impact >= $high_from THEN 'high'
       WHEN probability * impact >= $medium_from THEN 'medium' ELSE 'low' END AS band
FROM leveled
