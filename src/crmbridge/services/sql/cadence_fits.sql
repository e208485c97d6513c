-- svc_cadence_fits: which policy could be for which record, or was until now, and what speaks against it. A policy for a stage
-- wins over those of its class that name none.
CREATE OR REPLACE TEMP TABLE svc_cadence_fits AS
WITH candidates AS (
  SELECT r.no AS record_no, g.policy_no FROM svc_cadence_records r
  JOIN svc_cadence_policy_stages g ON g.kind = r.kind AND g.pipeline IS NOT DISTINCT FROM r.pipeline AND g.stage = r.stage
  UNION
  SELECT r.no, p.no FROM svc_cadence_records r JOIN svc_cadence_policies p ON list_contains(p.kinds, r.kind)
  WHERE NOT p.has_stage AND NOT p.exhausted AND list_contains(p.categories, r.category) AND (p.tiers IS NULL OR list_contains(p.tiers, r.tier))
  UNION
  SELECT r.no, p.no FROM svc_cadence_given_up q JOIN svc_cadence_records r ON r.no = q.record_no
  JOIN svc_cadence_policies p ON p.exhausted AND p.policy <> q.policy AND list_contains(p.kinds, r.kind)
  LEFT JOIN svc_cadence_policies o ON o.policy = q.policy
  WHERE q.why = 'exhausted' AND svc_day(q.said_at, $zone) < $today AND coalesce(o.on_exhausted, 'move_to_nurture') = 'move_to_nurture'
  UNION
  SELECT r.no, p.no FROM svc_cadence_before b JOIN svc_cadence_records r ON r.kind = b.kind AND r.subject = b.subject
  JOIN svc_cadence_policies p ON p.policy = b.policy WHERE b.state <> 'exited'
),
ways AS (
  SELECT policy_no, channel, preferred FROM svc_cadence_steps
  UNION SELECT policy_no, other_channel, false FROM svc_cadence_steps WHERE other_channel IS NOT NULL
),
silent AS (  -- whose person no step of the policy may reach, by its channel or by what the person prefers
  SELECT c.record_no, c.policy_no FROM candidates c
  JOIN svc_cadence_records r ON r.no = c.record_no
  SEMI JOIN svc_cadence_refused o ON o.person_key = r.person_key
  JOIN ways w ON w.policy_no = c.policy_no
  LEFT JOIN svc_cadence_refused f ON f.person_key = r.person_key
    AND f.channel IN ('*', CASE WHEN w.preferred THEN coalesce(r.preferred, w.channel) ELSE w.channel END)
  GROUP BY c.record_no, c.policy_no HAVING bool_and(f.channel IS NOT NULL)
),
nurtured AS (
  SELECT DISTINCT q.record_no FROM svc_cadence_given_up q LEFT JOIN svc_cadence_policies o ON o.policy = q.policy
  WHERE q.why = 'exhausted' AND svc_day(q.said_at, $zone) < $today AND coalesce(o.on_exhausted, 'move_to_nurture') = 'move_to_nurture'
),
fits AS (
  SELECT c.policy_no, c.record_no, p.class, p.has_stage, p.exhausted, p.has_stage AND g.stage IS NULL AS is_elsewhere,
    NOT list_contains(p.categories, r.category) AS is_closed, s.record_no IS NOT NULL AS is_refused,
    coalesce(NOT r.owner_active, false) AS is_ownerless,
    p.tiers IS NOT NULL AND NOT coalesce(list_contains(p.tiers, r.tier), false) OR p.by_tier AND i.n IS NULL AS is_other_tier,
    i.n AS tier_n, i.unit AS tier_unit, q.policy IS NOT NULL AS is_given_up, p.exhausted AND n.record_no IS NULL AS is_not_given_up
  FROM candidates c
  JOIN svc_cadence_records r ON r.no = c.record_no
  JOIN svc_cadence_policies p ON p.no = c.policy_no
  LEFT JOIN svc_cadence_policy_stages g ON g.policy_no = p.no AND g.kind = r.kind AND g.pipeline IS NOT DISTINCT FROM r.pipeline AND g.stage = r.stage
  LEFT JOIN svc_cadence_tiers i ON i.tier = r.tier
  LEFT JOIN silent s ON s.record_no = c.record_no AND s.policy_no = p.no
  LEFT JOIN svc_cadence_given_up q ON q.record_no = c.record_no AND q.policy = p.policy
  LEFT JOIN nurtured n ON n.record_no = c.record_no
)
SELECT f.*, NOT f.has_stage AND NOT f.exhausted AND w.record_no IS NOT NULL AS is_beaten
FROM fits f
LEFT JOIN (SELECT DISTINCT record_no, class FROM fits WHERE has_stage AND NOT is_elsewhere AND NOT is_closed) w
  ON w.record_no = f.record_no AND w.class = f.class
