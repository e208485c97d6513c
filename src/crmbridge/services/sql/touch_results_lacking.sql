-- The touches after which nothing comes next, the last first.
SELECT r.kind, r.id, r.deal_id, coalesce(nullif(trim(r.deal_name), ''), r.deal_external_id) AS deal, r.what, r.owner,
  coalesce(u.name, r.owner) AS owner_name, r.day, r.has_content, r.has_feedback
FROM svc_touch_results r LEFT JOIN users u ON u.id = r.owner
WHERE NOT r.is_followed AND r.day > $today - $results_days::INTEGER
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, r.owner))
ORDER BY r.moment DESC, deal, r.what NULLS LAST, r.id LIMIT coalesce($most, 9223372036854775807)
