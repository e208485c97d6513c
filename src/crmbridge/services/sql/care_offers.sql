-- What offers to each account rest on: its owner, tags, last score on satisfaction, open deals and complaints.
WITH answers AS (
  SELECT account_id, arg_max(score, (answered_at, id)) AS score, arg_max(scale, (answered_at, id)) AS scale
  FROM svc_surveys WHERE account_id IS NOT NULL AND is_counted AND type = 'csat' GROUP BY account_id
)
SELECT a.id, coalesce(a.subject, a.id) AS subject, a.owner_id, coalesce(u.name, u.email) AS owner,
  coalesce(from_json(nullif(a.need_tags, ''), '["VARCHAR"]'), []) AS needs,
  coalesce(from_json(nullif(a.preferences, ''), '["VARCHAR"]'), []) AS preferences,
  list_concat(coalesce(from_json(nullif(a.need_tags, ''), '["VARCHAR"]'), []),
    coalesce(from_json(nullif(a.preferences, ''), '["VARCHAR"]'), [])) AS tags,
  s.score, s.scale,
  EXISTS (FROM svc_states t JOIN deals d ON d.no = t.deal_no WHERE t.class = 'open' AND d.account_id = a.id) AS has_open_deal,
  EXISTS (FROM svc_complaints c WHERE c.account_id = a.id) AS has_complaint
FROM accounts a LEFT JOIN users u ON u.id = a.owner_id LEFT JOIN answers s ON s.account_id = a.id
WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
ORDER BY a.id
