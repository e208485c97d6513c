-- The deals and activities whose flag is set, and those whose flag was set when it was last looked at; the longest first.
-- `number`: so many times it was set; `since`: when that was seen, NULL where it is seen now for the first time.
WITH told AS (
  SELECT 'deal' AS kind, r.id, coalesce(r.subject, r.id) AS subject, coalesce(nullif(trim(r.name), ''), r.external_id) AS name, r.account_id, r.owner_id,
    r.custom, CASE WHEN json_type(r.custom, $deal_path) = 'OBJECT' THEN json_extract_string(r.custom, $deal_path || '.value') ELSE json_extract_string(r.custom, $deal_path) END AS words
  FROM deals r WHERE coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (r.created_at IS NULL OR r.created_at <= $cut)
  UNION ALL
  SELECT 'activity', r.id, coalesce(r.subject, r.id), coalesce(nullif(trim(r.subject_text), ''), d.name, r.external_id), coalesce(r.account_id, d.account_id),
    coalesce(r.actor_id, r.owner_id, d.owner_id), r.custom,
    CASE WHEN json_type(r.custom, $activity_path) = 'OBJECT' THEN json_extract_string(r.custom, $activity_path || '.value') ELSE json_extract_string(r.custom, $activity_path) END
  FROM activities r LEFT JOIN deals d ON d.id = r.deal_id
  WHERE coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (r.created_at IS NULL OR r.created_at <= $cut)
),
remembered AS (
  SELECT subject AS id, count(*) FILTER ((body ->> '$.set') = 'true') AS times, arg_max((body ->> '$.set') = 'true', e.at) AS was_set, max(e.at) AS since
  FROM service_events e WHERE service = 'help' AND e.at <= $cut GROUP BY subject
),
known AS (
  SELECT t.*, NOT list_contains($no, lower(trim(coalesce(t.words, '')))) AS is_set, coalesce(m.was_set, false) AS was_set, coalesce(m.times, 0) AS times, m.since
  FROM told t LEFT JOIN remembered m ON m.id = t.id
)
SELECT k.kind, k.id, k.subject, k.name, coalesce(nullif(trim(a.name), ''), a.external_id) AS customer, k.owner_id, coalesce(u.name, u.email) AS owner,
  u.manager_id, coalesce(b.name, b.email) AS manager, k.words, k.is_set, CASE WHEN k.was_set THEN k.times ELSE k.times + 1 END AS number,
  CASE WHEN k.was_set THEN k.since END AS since
FROM known k LEFT JOIN accounts a ON a.id = k.account_id LEFT JOIN users u ON u.id = k.owner_id LEFT JOIN users b ON b.id = u.manager_id
WHERE (k.is_set OR k.was_set) AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, k.owner_id))
ORDER BY since NULLS LAST, k.kind, k.subject, k.id
