-- The deliveries that are still to come: the worst first, then by the promised day.
SELECT v.id, v.subject, v.name, v.account_id, v.customer, v.contact_id, v.deal_id, v.owner_id, u.name AS owner, v.promised, v.forecast, v.state, v.days,
  v.reached, v.total, v.behind, v.next_name, v.next_due, v.issue
FROM svc_deliveries v LEFT JOIN users u ON u.id = v.owner_id
WHERE v.is_coming AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, v.owner_id))
ORDER BY list_position(['overdue', 'delayed', 'behind', 'planned', 'unknown'], v.state), v.promised NULLS LAST, v.subject, v.id
LIMIT coalesce($most, 9223372036854775807)
