-- How many tasks of each policy are due, and how many of them overdue.
SELECT policy, count(*), count(*) FILTER (overdue_bd > 0) FROM svc_cadence_due
WHERE ($seen::VARCHAR[] IS NULL OR list_contains($seen, owner_id))
GROUP BY policy ORDER BY policy
