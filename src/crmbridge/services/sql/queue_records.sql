-- svc_queue_records: the open deals and leads, with what each is worth, its chance, tier and stage. `is_held`: a deal on hold;
-- `is_untouchable`: tier X, nobody may approach it. Amounts in another currency than $only_currency are not known here.
CREATE OR REPLACE TEMP TABLE svc_queue_records AS
SELECT 'deal' AS kind, d.id, d.subject, coalesce(d.owner_id, nullif(d.owner_ref, '')) AS owner, d.account_id, s.pipeline, s.stage,
  s.amount_e4, s.amount_currency AS currency, coalesce(k.before_e6, CASE WHEN $uses_vendor AND d.probability BETWEEN 0 AND 1 THEN (d.probability * 1000000)::BIGINT END, k.after_e6) AS chance_e6,
  k.rank, k.open_stages, coalesce(k.stage_n, 0) AS stage_n,
  CASE WHEN coalesce(a.vip, false) OR a.tier = 'VIP' THEN 'VIP' ELSE coalesce(c.tier, nullif(trim(a.tier), '')) END AS tier,
  s.is_on_hold AS is_held, coalesce(c.tier = 'X', false) AS is_untouchable
FROM svc_states s JOIN deals d ON d.no = s.deal_no
LEFT JOIN svc_queue_stages k ON k.object = 'deal' AND k.pipeline = s.pipeline AND k.stage = s.stage
LEFT JOIN svc_scores c ON c.kind = 'deal' AND c.id = d.id
LEFT JOIN accounts a ON a.id = d.account_id
WHERE s.state IN ('open', 'unknown')
UNION ALL BY NAME
SELECT 'lead' AS kind, l.id, l.subject, coalesce(l.owner_id, nullif(l.owner_ref, '')) AS owner, l.pipeline, l.stage,
  l.expected_amount_e4 AS amount_e4, coalesce(l.expected_amount_currency, $currency) AS currency, k.before_e6 AS chance_e6, k.rank, k.open_stages,
  coalesce(k.stage_n, 0) AS stage_n, coalesce(c.tier, nullif(trim(l.tier), '')) AS tier, false AS is_held,
  coalesce(c.tier = 'X', false) AS is_untouchable
FROM leads l JOIN svc_leads s ON s.lead_no = l.no
LEFT JOIN svc_queue_stages k ON k.object = 'lead' AND k.pipeline = coalesce(l.pipeline, $sole_lead) AND k.stage = l.stage
LEFT JOIN svc_scores c ON c.kind = 'lead' AND c.id = l.id
WHERE NOT s.is_converted AND coalesce(l.status NOT IN ('disqualified', 'void', 'converted'), true)
