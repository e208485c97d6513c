-- The whole in one row.
SELECT count(*) FILTER (state = 'return') AS "return", count(*) FILTER (state = 'warn') AS warn,
  count(*) FILTER (state = 'held') AS held, count(*) FILTER (state = 'unavailable') AS unavailable,
  count(*) FILTER (owner IS NULL) AS pooled, count(*) FILTER (owner IS NOT NULL AND is_exempt) AS exempt
FROM svc_pool WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, owner)
