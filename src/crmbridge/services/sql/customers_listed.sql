-- The customers, those who bought most first.
SELECT id, external_id, name, days_since, orders, e4, known, r, f, m, value_class, is_vip, state, twice_gap, is_unhappy,
       before_state
FROM svc_customers WHERE $state IS NULL OR state = $state
ORDER BY e4 DESC NULLS LAST, days_since NULLS LAST, name NULLS LAST, id
LIMIT coalesce($most, 9223372036854775807)
