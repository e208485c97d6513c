-- Which rules of fit a few records meet, and how their criteria of intent stand.
SELECT r.id, [{met}] AS met, [{criteria}] AS criteria FROM {table} r {joins} WHERE r.id IN (SELECT unnest($ids::VARCHAR[]))
