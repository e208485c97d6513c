-- How many records no policy may follow up although one is for them: since their owner is gone, since the person does not want it.
SELECT count(DISTINCT f.record_no) FILTER (f.is_ownerless AND list_contains(p.exits, 'owner_inactive')),
  count(DISTINCT f.record_no) FILTER (f.is_refused AND list_contains(p.exits, 'opted_out'))
FROM svc_cadence_fits f JOIN svc_cadence_policies p ON p.no = f.policy_no
WHERE NOT (f.is_elsewhere OR f.is_closed OR f.is_other_tier OR f.is_beaten OR f.is_given_up OR f.is_not_given_up)
