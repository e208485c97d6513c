-- What the risk of losing each customer rests on; NULL is not known, and no list. Amounts are counts of 1/10,000. `is_told`: its source
-- says with which companies people dealt.
WITH bought AS (
  SELECT account_id, min(day) AS first_day, bool_or(e4 IS NULL AND day > $today - 730) AS lacks, count(DISTINCT currency) AS currencies,
    coalesce(sum(e4) FILTER (day > $today - 365), 0)::BIGINT AS recent_e4,
    coalesce(sum(e4) FILTER (day <= $today - 365), 0)::BIGINT AS prior_e4
  FROM svc_purchases WHERE account_id IS NOT NULL AND day IS NOT NULL AND day <= $today AND day > $today - 730 GROUP BY account_id
),
answers AS (  -- the last answer to each kind of survey
  SELECT account_id, bool_or(is_low) AS is_low, max(answered_day) AS day, list(id ORDER BY id) AS ids,
    string_agg(upper(type) || ' ' || regexp_replace(score::DECIMAL(19,6)::VARCHAR, '\.?0+$', ''), ', ' ORDER BY type) FILTER (is_low) AS said
  FROM (SELECT *, row_number() OVER (PARTITION BY account_id, type ORDER BY answered_at DESC, id DESC) AS place
        FROM svc_surveys WHERE account_id IS NOT NULL AND is_counted AND type IN ('csat', 'nps'))
  WHERE place = 1 GROUP BY account_id
),
ending AS (
  SELECT account_id, min(end_date) AS end_date, list(id ORDER BY end_date, id) AS ids FROM svc_contracts
  WHERE NOT is_renewed AND end_date BETWEEN $today AND $today + $renewal_days::INTEGER GROUP BY account_id
),
complaints AS (SELECT account_id, list(id ORDER BY id) AS ids FROM svc_complaints GROUP BY account_id)
SELECT a.id, a.owner_id, coalesce(u.name, u.email) AS owner, u.manager_id,
  svc_day(t.two_way_at, $zone) AS two_way, svc_day(t.met_at, $zone) AS met,
  svc_day(coalesce(a.created_at, CASE WHEN a.first_seen_at <= $cut THEN a.first_seen_at END), $zone) AS since,
  t.account_id IS NOT NULL OR EXISTS (FROM svc_telling x WHERE x.connection IS NOT DISTINCT FROM a.connection AND x.kind = 'account') AS is_told,
  s.is_low, s.said, s.day AS answered_on, s.ids AS answers,
  CASE WHEN b.lacks OR b.currencies > 1 OR b.prior_e4 <= 0 THEN NULL ELSE b.recent_e4 END AS recent_e4,
  CASE WHEN b.lacks OR b.currencies > 1 OR b.prior_e4 <= 0 THEN NULL ELSE b.prior_e4 END AS prior_e4,
  e.end_date, e.ids AS contracts, EXISTS (FROM svc_contracts) AS has_contracts,
  c.ids AS complaints, EXISTS (FROM tickets) AS has_tickets
FROM accounts a
LEFT JOIN svc_account_touches t ON t.account_id = a.id
LEFT JOIN users u ON u.id = a.owner_id LEFT JOIN bought b ON b.account_id = a.id LEFT JOIN answers s ON s.account_id = a.id
LEFT JOIN ending e ON e.account_id = a.id LEFT JOIN complaints c ON c.account_id = a.id
WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND ($owners IS NULL OR list_contains($owners, a.owner_id))
ORDER BY a.id
