-- svc_cadence_records: what could be followed up, or was until now: where it stands, whose it is, which person it is about.
CREATE OR REPLACE TEMP TABLE svc_cadence_records AS
WITH known AS (
  SELECT 'deal' AS kind, d.id, d.subject, d.owner_id, d.account_id, d.contact_id AS about_id, st.pipeline::VARCHAR AS pipeline,
    st.stage::VARCHAR AS stage, st.class::VARCHAR AS category, coalesce(v.entered_at, d.created_at, d.first_seen_at) AS entered_at,
    d.hold_until, d.next_step_due, d.name, d.connection
  FROM deals d JOIN svc_states st ON st.deal_no = d.no
  LEFT JOIN (SELECT deal_no, entered_at FROM svc_visits WHERE NOT is_left) v ON v.deal_no = d.no
  UNION ALL
  SELECT 'lead', l.id, l.subject, l.owner_id, NULL, l.id, l.pipeline, l.stage,
    CASE WHEN s.is_converted THEN 'converted' WHEN l.status IN ('disqualified', 'void') THEN 'lost' ELSE 'open' END,
    coalesce(e.entered_at, l.assigned_at, l.created_at, l.first_seen_at), NULL, NULL, coalesce(l.full_name, l.company_name), l.connection
  FROM leads l JOIN svc_leads s ON s.lead_no = l.no
  LEFT JOIN (
    SELECT record_id, arg_max("at", seq) AS entered_at FROM stage_events
    WHERE kind = 'lead' AND "at" <= $cut AND from_stage IS DISTINCT FROM to_stage GROUP BY record_id
  ) e ON e.record_id = l.id
  UNION ALL
  SELECT 'contact', id, subject, owner_id, account_id, id, NULL, NULL, CASE WHEN left_company THEN 'lost' ELSE 'open' END,
    coalesce(created_at, first_seen_at), NULL, NULL, full_name, connection
  FROM contacts WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (created_at IS NULL OR created_at <= $cut)
  UNION ALL
  SELECT 'account', id, subject, owner_id, id, NULL, NULL, NULL, 'open', coalesce(created_at, first_seen_at), NULL, NULL, name, connection
  FROM accounts WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (created_at IS NULL OR created_at <= $cut)
),
wanted AS (
  SELECT * FROM known
  WHERE list_contains($kinds, kind) AND (
    list_contains($categories, category) OR (kind, subject) IN (SELECT (kind, subject) FROM svc_cadence_before WHERE state <> 'exited'))
)
SELECT row_number() OVER (ORDER BY w.kind, w.subject, w.id) AS no, w.* EXCLUDE (name, connection), g.rank,
  EXISTS (FROM svc_telling y WHERE y.kind = w.kind AND y.connection IS NOT DISTINCT FROM w.connection) AS is_told,
  coalesce(p.person_key, w.kind || ':' || w.subject) AS person_key,
  coalesce(c.full_name, w.name, a.name) AS customer,
  coalesce(c.zone, a.zone) AS zone,
  CASE WHEN lower(trim(c.preferred_channel)) IN ('email', 'call', 'meeting', 'im', 'sms') THEN lower(trim(c.preferred_channel))
       WHEN lower(trim(c.preferred_channel)) IN ('phone', 'telephone', 'mobile') THEN 'call'
       WHEN lower(trim(c.preferred_channel)) IN ('wechat', 'wecom', 'qq', 'whatsapp') THEN 'im' END AS preferred,
  coalesce(x.tier, l.tier, CASE WHEN w.kind = 'account' AND a.vip THEN 'VIP' WHEN w.kind = 'account' THEN a.tier END) AS tier,
  u.active AS owner_active, u.manager_id, k.place AS own_calendar, o.calendar AS team_calendar
FROM wanted w
LEFT JOIN contacts c ON c.id = w.about_id
LEFT JOIN leads l ON l.id = w.id AND w.kind = 'lead'
LEFT JOIN accounts a ON a.id = coalesce(w.account_id, c.account_id)
LEFT JOIN persons p ON p.record_id = w.about_id
LEFT JOIN users u ON u.id = w.owner_id
LEFT JOIN svc_working_users k ON k.user_id = w.owner_id
LEFT JOIN svc_cadence_teams o ON o.org_unit_id = u.org_unit_id
LEFT JOIN svc_scores x ON x.kind = w.kind AND x.id = w.id
LEFT JOIN svc_cadence_stages g ON g.kind = w.kind AND g.pipeline IS NOT DISTINCT FROM w.pipeline AND g.stage = w.stage
