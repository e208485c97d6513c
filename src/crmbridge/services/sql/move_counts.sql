-- How many moves of each kind the counted deals made up to the cut.
SELECT m.move, count(*) FROM svc_moves m JOIN svc_counted c ON c.record_id = m.record_id GROUP BY m.move ORDER BY m.move
