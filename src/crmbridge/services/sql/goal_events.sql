-- What was remembered of goals up to the cut, in order.
SELECT service, subject, e.at, body
FROM service_events e
WHERE service IN ('goal', 'goal_consent', 'goal_review', 'goal_check') AND e.at <= $cut
ORDER BY e.at, service, subject
