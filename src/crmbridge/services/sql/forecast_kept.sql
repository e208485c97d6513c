-- The forecasts that were kept up to the moment, of periods that are over, the oldest first.
SELECT subject, "at", body FROM service_events
WHERE service = 'forecast' AND "at" <= $cut AND body ->> '$.end' <= strftime($today, '%Y-%m-%d')
ORDER BY subject, "at"
