-- The users of the company: who they are, whom they report to, and what plans and scorecards ask of them.
SELECT id, name, email, external_id, role, level, ramp, manager_id, coalesce(active, true) AS is_active
FROM users WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') ORDER BY id
