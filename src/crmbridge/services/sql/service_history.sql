-- Everything that a service has kept up to $cut, subject by subject, the earliest first.
SELECT e.subject, e.at, e.body FROM service_events e WHERE e.service = $service AND e.at <= $cut ORDER BY 1, 2
