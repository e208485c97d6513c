-- How many records of each kind have which tier.
SELECT kind, tier, count(*) AS records FROM svc_scores
WHERE ($seen::VARCHAR[] IS NULL OR list_contains($seen, owner_id))
GROUP BY kind, tier ORDER BY kind, tier NULLS LAST
