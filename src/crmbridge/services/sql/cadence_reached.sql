-- The rungs of the ladder that something overdue came to in this run, and the enrolments that nobody ever answered.
SELECT unnest(e.new_rungs) AS what, e.enrolment, e.policy, e.kind, e.record_id, e.subject, e.customer, e.seq, e.occurrence, e.owner_id, e.manager_id, e.due_day
FROM svc_cadence_enrolments e WHERE len(e.new_rungs) > 0
UNION ALL
SELECT 'exhausted', e.enrolment, e.policy, e.kind, e.record_id, e.subject, e.customer, e.seq, e.occurrence, e.owner_id, e.manager_id, e.due_day
FROM svc_cadence_enrolments e JOIN svc_cadence_policies p ON p.policy = e.policy
WHERE e.state = 'exited' AND e.why = 'exhausted' AND p.on_exhausted = 'notify_manager'
ORDER BY ALL
