-- svc_cadence_unreached: the records that a policy would be for, whose person wants none of its channels.
CREATE OR REPLACE TEMP TABLE svc_cadence_unreached AS
SELECT r.kind, r.id, r.subject, r.person_key, p.policy, t.channel
FROM svc_cadence_fits f
JOIN svc_cadence_policies p ON p.no = f.policy_no
JOIN svc_cadence_records r ON r.no = f.record_no
JOIN svc_cadence_steps t ON t.policy_no = f.policy_no AND t.step = 1
WHERE f.is_refused AND list_contains(p.exits, 'opted_out') AND NOT (f.is_elsewhere OR f.is_closed OR f.is_other_tier OR f.is_beaten
  OR f.is_given_up OR f.is_not_given_up OR f.is_ownerless AND list_contains(p.exits, 'owner_inactive'))
