-- How every enrolment stands, what is due first at the head.
SELECT e.enrolment, e.policy, e.kind, e.record_id, e.subject, e.person_key, e.owner_id, e.customer, e.seq, e.state, e.why, e.step, e.occurrence,
  e.anchor_day, e.touches, e.due_day
FROM svc_cadence_enrolments e
WHERE ($policy IS NULL OR e.policy = $policy) AND ($kind IS NULL OR e.kind = $kind) AND ($owners IS NULL OR list_contains($owners, e.owner_id))
ORDER BY list_position(['active', 'paused', 'suspended', 'exited'], e.state), e.due_day NULLS LAST, e.enrolment
LIMIT coalesce($most, 9223372036854775807)
