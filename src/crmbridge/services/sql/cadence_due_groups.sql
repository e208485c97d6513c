-- How many tasks of each policy are due, and how many of them overdue.
SELECT policy, count(*), count(*) FILTER (overdue_bd > 0) FROM svc_cadence_due GROUP BY policy ORDER BY policy
