-- Who may give which discount, and whom each reports to.
SELECT id, coalesce(nullif(trim(name), ''), email, id) AS name, role, manager_id, discount_authority, coalesce(active, true) AS is_active
FROM users WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') ORDER BY id
