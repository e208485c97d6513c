-- The events behind the scores of a few records, the newest first, with the points that each rule gives them.
SELECT id, activity, moment, [{values}] AS points FROM ({events})
WHERE id IN (SELECT unnest($ids::VARCHAR[])) ORDER BY id, age_us, activity
