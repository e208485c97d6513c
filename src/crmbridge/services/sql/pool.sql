-- svc_pool: the leads and accounts that may go back to the pool, with the day of the last touch, the days to warn and to go
-- back, and where each stands. A day by workdays is the one with that running number in the owner's calendar.
CREATE OR REPLACE TEMP TABLE svc_pool AS
WITH bought AS (
  SELECT d.account_id FROM deals d JOIN svc_states s ON s.deal_no = d.no WHERE s.state = 'won' AND d.account_id IS NOT NULL
  UNION SELECT account_id FROM orders
  WHERE account_id IS NOT NULL AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (ordered_at IS NULL OR ordered_at <= $cut)
),
busy AS (
  SELECT DISTINCT unnest([d.account_id, d.lead_id]) AS id FROM deals d JOIN svc_states s ON s.deal_no = d.no
  WHERE s.state IN ('open', 'unknown') AND $open_deals_stay
),
telling AS (
  SELECT connection, kind FROM svc_telling
  UNION SELECT connection, 'account' FROM accounts WHERE last_touch_at IS NOT NULL GROUP BY connection
),
records AS (
  SELECT 'lead' AS kind, l.id, l.subject, l.connection, coalesce(nullif(trim(l.full_name), ''), nullif(trim(l.company_name), ''), l.external_id) AS name,
    l.owner_id, nullif(l.owner_ref, '') AS owner_ref, nullif(trim(l.pool), '') AS pool, coalesce(c.tier, l.tier) AS tier,
    CASE WHEN l.assigned_at <= $cut THEN l.assigned_at END AS given_at, l.created_at, false AS is_exempt
  FROM leads l JOIN svc_leads s ON s.lead_no = l.no LEFT JOIN svc_scores c ON c.kind = 'lead' AND c.id = l.id
  WHERE NOT s.is_converted AND coalesce(l.status NOT IN ('disqualified', 'void', 'converted'), true) AND list_contains($kinds, 'lead')
  UNION ALL BY NAME
  SELECT 'account' AS kind, a.id, a.subject, a.connection, coalesce(nullif(trim(a.name), ''), a.external_id) AS name,
    a.owner_id, nullif(a.owner_ref, '') AS owner_ref, nullif(trim(a.pool), '') AS pool, nullif(trim(a.tier), '') AS tier,
    a.created_at, a.id IN (FROM bought) OR coalesce(a.status = 'customer', false) AS is_exempt
  FROM accounts a
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (a.created_at IS NULL OR a.created_at <= $cut)
    AND list_contains($kinds, 'account')
),
known AS (
  SELECT r.*, coalesce(r.owner_id, r.owner_ref) AS owner, coalesce(u.place, 0) AS place, o.owner AS owner_before,
    o.id IS NOT NULL AS is_known, o.let_go_at, o.let_go_by,
    CASE WHEN r.kind = 'lead' AND r.pool IS NOT NULL THEN coalesce(r.given_at, o.taken_at) ELSE o.taken_at END AS claimed_at,
    svc_day(greatest(t.moment, r.given_at, o.taken_at, r.created_at), $zone) AS since, t.moment IS NOT NULL OR k.tells AS tells,
    coalesce(p.n, $after_n) AS n, coalesce(p.unit, $after_unit) AS unit, r.id IN (SELECT id FROM busy WHERE id IS NOT NULL) AS is_busy
  FROM records r
  LEFT JOIN svc_pool_owners o ON o.id = r.id
  LEFT JOIN svc_pool_touches t ON t.kind = r.kind AND t.id = r.id
  LEFT JOIN svc_working_users u ON u.user_id = r.owner_id
  LEFT JOIN (SELECT connection, kind, true AS tells FROM telling) k ON k.kind = r.kind AND k.connection IS NOT DISTINCT FROM r.connection
  LEFT JOIN svc_pool_after p ON r.kind = 'lead' AND p.tier = r.tier
),
placed AS (
  SELECT k.*, d.workday_no, $today - k.since AS days FROM known k LEFT JOIN svc_days d ON d.place = k.place AND d.day = k.since
),
dated AS (
  SELECT p.*,
    CASE WHEN p.unit = 'd' THEN p.since + p.n::INTEGER WHEN p.n = 0 THEN p.since ELSE b.day END AS back_on,
    CASE WHEN p.unit = 'd' THEN p.since + p.n::INTEGER - $warn_days::INTEGER ELSE w.day END AS warn_on
  FROM placed p
  LEFT JOIN svc_days b ON p.unit = 'bd' AND b.place = p.place AND b.is_workday AND b.workday_no = p.workday_no + p.n
  LEFT JOIN svc_days w ON p.unit = 'bd' AND w.place = p.place AND w.is_workday AND w.workday_no = p.workday_no + p.n - $warn_workdays
)
SELECT * EXCLUDE (workday_no),
  CASE WHEN owner IS NULL OR is_exempt OR is_busy OR ($only_pooled AND pool IS NULL) THEN NULL
       WHEN since IS NULL OR NOT coalesce(tells, false) OR back_on IS NULL THEN 'unavailable'
       WHEN $today >= back_on THEN 'return'
       WHEN $today >= coalesce(warn_on, back_on) THEN 'warn'
       ELSE 'held' END AS state
FROM dated
