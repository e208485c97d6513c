-- What would be due and is not.
SELECT s.kind, s.record_id, s.subject, s.person_key, r.customer, s.policy, s.channel, s.wanted_day, s.reason, s.until_day, s.blocked_by
FROM svc_cadence_suppressed s
JOIN svc_cadence_records r ON r.kind = s.kind AND r.id = s.record_id
WHERE ($policy IS NULL OR s.policy = $policy) AND ($kind IS NULL OR s.kind = $kind) AND ($owners IS NULL OR list_contains($owners, r.owner_id))
ORDER BY s.wanted_day, s.policy, s.kind, s.subject
LIMIT coalesce($most, 9223372036854775807)
