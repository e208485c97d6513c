-- Money spent by channel or campaign in the period; a spend of no period counts only in the whole.
SELECT {key} AS key, sum(amount_e4)::HUGEINT AS e4, list(DISTINCT coalesce(amount_currency, $currency)) AS currencies
FROM spend
WHERE {key} IS NOT NULL AND amount_e4 IS NOT NULL
  AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND ($view = 'all' OR (period_start >= CAST($start AS DATE) AND period_start < CAST($end AS DATE)))
GROUP BY 1
