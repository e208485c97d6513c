-- Who came into another tier, or was seen for the first time.
SELECT id, was, tier, score_n, score_d, why FROM svc_scores WHERE tier IS NOT NULL AND was IS DISTINCT FROM tier ORDER BY id
