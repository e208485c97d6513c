-- How many open deals there are, and their money, by band, level and basis of the impact.
SELECT band, probability, impact_by, amount_currency, count(*) AS deals, count(amount_e4) AS n,
  coalesce(sum(amount_e4), 0)::HUGEINT AS e4
FROM svc_risk WHERE ($owners IS NULL OR list_contains($owners, owner_id))
GROUP BY ALL ORDER BY ALL
