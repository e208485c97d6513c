-- How many enrolments of each policy are in which state.
SELECT policy, state, count(*) FROM svc_cadence_enrolments GROUP BY ALL ORDER BY ALL
