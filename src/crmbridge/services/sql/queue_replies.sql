-- svc_queue_waiting gets the customers whom cadences say to answer.
INSERT INTO svc_queue_waiting
SELECT c.kind, c.record_id, min(c.due_day::TIMESTAMP) FROM svc_cadence_due c
WHERE c.class = 0 AND c.due_day > $waiting_from AND NOT EXISTS (FROM svc_queue_waiting w WHERE w.kind = c.kind AND w.id = c.record_id) GROUP BY ALL
