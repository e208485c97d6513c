-- How many records of each kind have which tier.
SELECT kind, tier, count(*) AS records FROM svc_scores GROUP BY kind, tier ORDER BY kind, tier NULLS LAST
