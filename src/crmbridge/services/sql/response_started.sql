-- The leads whose clock runs and is not remembered yet.
SELECT id, owner_id, start_at FROM svc_response
WHERE stop_at IS NULL AND status IN ('pending', 'breached') AND NOT is_remembered AND start_day >= $first AND start_day < $after
ORDER BY id
