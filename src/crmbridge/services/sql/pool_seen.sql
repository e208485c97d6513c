-- The records whose owner is another one than was remembered, or that are seen for the first time.
SELECT kind, id, owner, owner_before FROM svc_pool
WHERE NOT is_known OR owner IS DISTINCT FROM owner_before ORDER BY id
