-- svc_scores gets the records of a kind: the score as a fraction of whole numbers (score_n / score_d) and as a number, the
-- tier that it gives, and the one that the record has, with hysteresis, hold and pins. Tiers are compared as fractions, so
-- that a score of exactly 60 enters at 60. Places of tiers are 0, 1, ... from the best one on.
INSERT INTO svc_scores BY NAME
WITH parts AS (
  SELECT r.*, b.tier AS was, b.since,
    CASE WHEN {has_fit} THEN least(greatest(r.fit_sum, 0), 100000000000) END AS fit_e9,
    CASE WHEN {has_engagement} THEN least(greatest(coalesce(e.points, 0), 0), 100000000000) END AS engagement_e9,
    CASE WHEN fit_e9 IS NULL THEN 0 ELSE {w_fit} END AS w_fit,
    CASE WHEN engagement_e9 IS NULL THEN 0 ELSE {w_engagement} END AS w_engagement,
    CASE WHEN r.known_w = 0 THEN 0 ELSE {w_intent} END AS w_intent,
    w_fit + w_engagement + w_intent AS w
  FROM {scored} r
  LEFT JOIN svc_engaged e ON e.no = r.no
  LEFT JOIN svc_tiers_before b ON b.subject = r.id
  {source}
),
scored AS (
  SELECT *, disqualified IS NULL AND w > 0 AS has_score, {score} FROM parts
),
placed AS (
  SELECT p.*, CASE WHEN has_score THEN CASE {raw} END END AS raw, list_position($tiers, was) - 1 AS place,
    list_position($tiers, pin.tier) - 1 AS pinned
  FROM scored p LEFT JOIN svc_score_pins pin ON pin.record = p.subject
),
decided AS (
  SELECT *,
    CASE WHEN disqualified IS NOT NULL THEN 'disqualified'
         WHEN pinned IS NOT NULL THEN 'pinned'
         WHEN raw IS NULL THEN 'no_score'
         WHEN was = 'X' THEN 'qualified_again'
         WHEN place IS NULL THEN 'first'
         WHEN raw = place THEN 'same'
         WHEN raw < place THEN 'promoted'
         WHEN CASE place {kept} ELSE false END THEN 'within_band'
         WHEN since > $held_since THEN 'within_hold'
         ELSE 'demoted' END AS why
  FROM placed
)
SELECT '{kind}' AS kind, id, subject, connection, owner_id, owner_ref, created_at, fit_e9, engagement_e9, known_w, sum_wv, disqualified,
  was, since, why,
  CASE WHEN has_score THEN score_n END AS score_n, CASE WHEN has_score THEN score_d END AS score_d,
  CASE WHEN has_score THEN score_n::DOUBLE / score_d::DOUBLE END AS score,
  $tiers[raw + 1] AS raw_tier,
  CASE why WHEN 'disqualified' THEN 'X' WHEN 'pinned' THEN $tiers[pinned + 1]
           WHEN 'no_score' THEN CASE WHEN place IS NOT NULL THEN was END
           WHEN 'within_band' THEN was WHEN 'within_hold' THEN was ELSE $tiers[raw + 1] END AS tier
FROM decided
