-- svc_queue_waiting gets the customers whom cadences say to answer and who are not there yet, since they wrote.
INSERT INTO svc_queue_waiting
SELECT c.kind, c.id, min(c.since), any_value(c.owner), list(c.person_key) FROM svc_cadence_answers c
WHERE c.person_key NOT IN (SELECT unnest(people) FROM svc_queue_waiting) AND NOT EXISTS (FROM svc_queue_waiting w WHERE w.kind = c.kind AND w.id = c.id)
GROUP BY c.kind, c.id
