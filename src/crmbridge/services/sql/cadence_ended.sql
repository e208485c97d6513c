-- svc_cadence_ended: the enrolments that were open, and the exit rule that ends each, NULL where none does.
CREATE OR REPLACE TEMP TABLE svc_cadence_ended AS
SELECT b.*, r.no AS record_no,
  CASE WHEN r.no IS NULL THEN 'gone'
       WHEN f.policy_no IS NULL THEN 'policy_removed'
       WHEN f.is_closed AND r.category = 'converted' AND list_contains(p.exits, 'converted') THEN 'converted'
       WHEN f.is_closed AND list_contains(p.exits, 'closed') THEN 'closed'
       WHEN f.is_elsewhere AND list_contains(p.exits, 'stage_change') THEN 'stage_change'
       WHEN f.is_refused AND list_contains(p.exits, 'opted_out') THEN 'opted_out'
       WHEN f.is_ownerless AND list_contains(p.exits, 'owner_inactive') THEN 'owner_inactive'
       WHEN f.is_other_tier OR f.is_beaten OR f.is_not_given_up THEN 'no_longer_for'
       WHEN p.has_stage AND list_contains(p.exits, 'stage_change') AND r.entered_at > b.said_at THEN 'stage_change' END AS reason
FROM svc_cadence_before b
LEFT JOIN svc_cadence_records r ON r.kind = b.kind AND r.subject = b.subject
LEFT JOIN svc_cadence_policies p ON p.policy = b.policy
LEFT JOIN svc_cadence_fits f ON f.record_no = r.no AND f.policy_no = p.no
WHERE b.state <> 'exited'
