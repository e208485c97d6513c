-- The open deals of each owner in each stage that has a time limit: how many are over it, and by how much, in its unit.
SELECT a.pipeline::VARCHAR AS pipeline, a.stage::VARCHAR AS stage, coalesce(d.owner_id, nullif(d.owner_ref, '')) AS owner_id,
  any_value(u.name) AS owner, a.sla_days, a.sla_unit, count(*) AS deals, count(a.sla_age_us) AS timed,
  count(*) FILTER (is_over) AS over, max(over_units) FILTER (is_over) AS breach, sum(over_units) FILTER (is_over) AS breach_sum,
  list(d.id ORDER BY over_units DESC, d.id) FILTER (is_over) AS records
FROM (
  SELECT *, NOT is_on_hold AND sla_age_us > sla_days * 86400000000 AS is_over, (sla_age_us + 86399999999) // 86400000000 - sla_days AS over_units
  FROM svc_ages WHERE sla_days IS NOT NULL
) a
JOIN deals d ON d.no = a.deal_no LEFT JOIN users u ON u.id = d.owner_id
LEFT JOIN svc_stages t ON t.pipeline = a.pipeline::VARCHAR AND t.key = a.stage::VARCHAR
WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, coalesce(d.owner_id, nullif(d.owner_ref, '')))
GROUP BY a.pipeline, a.stage, 3, a.sla_days, a.sla_unit, t.rank
ORDER BY pipeline, t.rank, owner NULLS LAST, owner_id NULLS LAST
