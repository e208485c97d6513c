-- The rungs of the ladder that something overdue has come to, and the enrolments that nobody ever answered, those that ended
-- before this run as long as nothing begins anew. Whether somebody was told already, the keys of what was told say.
SELECT unnest(e.rungs) AS what, e.enrolment, e.policy, e.kind, e.record_id, e.subject, e.customer, e.seq, e.occurrence, e.owner_id, e.manager_id, e.due_day
FROM svc_cadence_enrolments e WHERE len(e.rungs) > 0
UNION ALL
SELECT 'exhausted', e.enrolment, e.policy, e.kind, e.record_id, e.subject, e.customer, e.seq, NULL, e.owner_id, e.manager_id, NULL
FROM svc_cadence_enrolments e JOIN svc_cadence_policies p ON p.policy = e.policy
WHERE e.state = 'exited' AND e.why = 'exhausted' AND p.on_exhausted = 'notify_manager'
UNION ALL
SELECT 'exhausted', b.enrolment, b.policy, b.kind, r.id, b.subject, r.customer, b.seq, NULL, r.owner_id, r.manager_id, NULL
FROM svc_cadence_given_up g JOIN svc_cadence_records r ON r.no = g.record_no
JOIN svc_cadence_before b ON b.kind = r.kind AND b.subject = r.subject AND b.policy = g.policy
JOIN svc_cadence_policies p ON p.policy = g.policy
WHERE g.why = 'exhausted' AND p.on_exhausted = 'notify_manager'
ORDER BY ALL
