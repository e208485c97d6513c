-- The tasks that are due: who waits for an answer first, then what is overdue longest.
SELECT d.kind, d.record_id, d.subject, d.person_key, d.account_id, d.about_id, d.owner_id, coalesce(u.name, u.email) AS owner, d.customer,
  d.policy, d.step, d.occurrence, d.seq, d.channel, d.template, d.due_day, d.due_at, d.overdue_bd, d.missed, d.class AS queue_class,
  d.external_key, d.made, d.auto AS is_auto, d.is_apart, d.reasons
FROM svc_cadence_due d LEFT JOIN users u ON u.id = d.owner_id
WHERE ($policy IS NULL OR d.policy = $policy) AND ($kind IS NULL OR d.kind = $kind) AND ($owners IS NULL OR list_contains($owners, d.owner_id))
ORDER BY d.class, d.due_day, d.external_key
LIMIT coalesce($most, 9223372036854775807)
