-- The leads whose clock is not remembered yet: those that wait, and those whose answer is known to the moment and whose clock
-- started with an assignment, of which a later one leaves no trace.
SELECT id, owner_id, start_at FROM svc_response
WHERE (stop_at IS NULL AND status IN ('pending', 'breached') OR answer_us IS NOT NULL AND start_at IS DISTINCT FROM created_at)
  AND NOT is_remembered AND start_day >= $first AND start_day < $after
ORDER BY id
