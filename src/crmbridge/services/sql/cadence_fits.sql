-- svc_cadence_fits: which policy would be for which record, by what the record is now. A policy for a stage wins over those
-- of its class that name none.
CREATE OR REPLACE TEMP TABLE svc_cadence_fits AS
WITH given_up AS (  -- nobody answered a policy, and nothing has begun anew since
  SELECT b.kind, b.subject, b.policy, b.why, b.said_at FROM svc_cadence_before b
  JOIN svc_cadence_records r ON r.kind = b.kind AND r.subject = b.subject
  WHERE b.state = 'exited' AND b.why IN ('exhausted', 'finished', 'replied') AND NOT coalesce(r.entered_at > b.said_at, false)
    AND NOT (b.why = 'exhausted' AND EXISTS (
      FROM svc_cadence_touches t JOIN svc_cadence_words w ON w.word = t.word
      WHERE w.policy = b.policy AND w.resets AND t.moment > b.said_at
        AND (t.about = 'deal' AND r.kind = 'deal' AND t.key = r.id OR t.about = 'person' AND t.key = r.person_key)))
),
fits AS (
  SELECT p.no AS policy_no, p.policy, p.class, p.has_stage, r.no AS record_no,
    (p.has_stage AND g.stage IS NULL) AS is_elsewhere, NOT list_contains(p.categories, r.category) AS is_closed,
    refused.person_key IS NOT NULL AS is_refused, coalesce(NOT r.owner_active, false) AS is_ownerless,
    p.tiers IS NOT NULL AND NOT coalesce(list_contains(p.tiers, r.tier), false) OR p.by_tier AND i.n IS NULL AS is_other_tier,
    i.n AS tier_n, i.unit AS tier_unit,
    EXISTS (FROM given_up q WHERE q.kind = r.kind AND q.subject = r.subject AND q.policy = p.policy) AS is_given_up,
    p.exhausted AND NOT EXISTS (
      FROM given_up q WHERE q.kind = r.kind AND q.subject = r.subject AND q.why = 'exhausted' AND q.policy <> p.policy
        AND svc_day(q.said_at, $zone) < $today) AS is_not_given_up
  FROM svc_cadence_records r
  JOIN svc_cadence_policies p ON list_contains(p.kinds, r.kind)
  LEFT JOIN svc_cadence_policy_stages g ON g.policy_no = p.no AND g.kind = r.kind AND g.pipeline IS NOT DISTINCT FROM r.pipeline AND g.stage = r.stage
  LEFT JOIN svc_cadence_tiers i ON i.tier = r.tier
  LEFT JOIN (SELECT DISTINCT f.person_key, p.no FROM svc_cadence_policies p JOIN svc_cadence_refused f ON f.channel = '*'
             UNION SELECT f.person_key, p.no FROM svc_cadence_policies p JOIN svc_cadence_refused f ON list_contains(p.channels, f.channel)
             GROUP BY f.person_key, p.no HAVING count(*) = any_value(len(p.channels))) refused
    ON refused.person_key = r.person_key AND refused.no = p.no
)
SELECT *, bool_or(has_stage AND NOT is_elsewhere AND NOT is_closed) OVER (PARTITION BY record_no, class) AND NOT has_stage AND NOT p_exhausted AS is_beaten
FROM (SELECT fits.*, p.exhausted AS p_exhausted FROM fits JOIN svc_cadence_policies p ON p.no = fits.policy_no)
