-- The open records that are not in the queue: deals on hold, and those whom nobody may approach.
SELECT count(*) FILTER (is_held), count(*) FILTER (is_untouchable AND NOT is_held) FROM svc_queue_records
WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, owner)
