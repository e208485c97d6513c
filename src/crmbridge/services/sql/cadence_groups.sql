-- How many enrolments of each policy are in which state.
SELECT policy, state, count(*) FROM svc_cadence_enrolments
WHERE ($seen::VARCHAR[] IS NULL OR list_contains($seen, owner_id))
GROUP BY ALL ORDER BY ALL
