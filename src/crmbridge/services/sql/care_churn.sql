-- svc_churn: the customers there are to lose, what the risk of losing each rests on, and the points of each reason. NULL is not
-- known, and no list; 0 does not hold. Amounts are counts of 1/10,000. `is_told`: its source says with which companies people dealt.
CREATE OR REPLACE TEMP TABLE svc_churn AS
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
complaints AS (SELECT account_id, list(id ORDER BY id) AS ids FROM svc_complaints GROUP BY account_id),
known AS (
SELECT k.*, a.owner_id, coalesce(u.name, u.email) AS owner, 
  svc_day(t.two_way_at, $zone) AS two_way, svc_day(t.met_at, $zone) AS met,
  svc_day(coalesce(a.created_at, CASE WHEN a.first_seen_at <= $cut THEN a.first_seen_at END), $zone) AS since,
  t.account_id IS NOT NULL OR EXISTS (FROM svc_telling x WHERE x.connection IS NOT DISTINCT FROM a.connection AND x.kind = 'account') AS is_told,
  s.is_low, s.said, s.day AS answered_on, s.ids AS answers,
  CASE WHEN b.lacks OR b.currencies > 1 OR b.prior_e4 <= 0 THEN NULL ELSE b.recent_e4 END AS recent_e4,
  CASE WHEN b.lacks OR b.currencies > 1 OR b.prior_e4 <= 0 THEN NULL ELSE b.prior_e4 END AS prior_e4,
  e.end_date, e.ids AS contracts, EXISTS (FROM svc_contracts) AS has_contracts,
  c.ids AS complaints, EXISTS (FROM tickets) AS has_tickets
FROM svc_customers k JOIN accounts a ON a.id = k.id
LEFT JOIN svc_account_touches t ON t.account_id = a.id
LEFT JOIN users u ON u.id = a.owner_id LEFT JOIN bought b ON b.account_id = a.id LEFT JOIN answers s ON s.account_id = a.id
LEFT JOIN ending e ON e.account_id = a.id LEFT JOIN complaints c ON c.account_id = a.id
WHERE ($owners IS NULL OR list_contains($owners, a.owner_id)) AND ($only_state IS NULL OR k.state = $only_state)
  AND CASE k.state WHEN 'potential' THEN e.ids IS NOT NULL WHEN 'dormant' THEN $dormant ELSE true END
),
pointed AS (
  SELECT *,
    CASE WHEN days_since IS NULL THEN NULL WHEN days_since::HUGEINT * 2 * $gap_below <= twice_gap::HUGEINT * $gap_above THEN 0
         ELSE $order_gap END AS order_gap,
    CASE WHEN NOT is_told OR coalesce(two_way, since) IS NULL THEN NULL WHEN $today - coalesce(two_way, since) < $silent_days THEN 0
         ELSE $silence END AS silence,
    CASE WHEN is_low THEN $unhappy WHEN NOT is_low THEN 0 END AS unhappy,
    CASE WHEN prior_e4 IS NULL THEN NULL WHEN recent_e4::HUGEINT * 100 > prior_e4::HUGEINT * (100 - $drop_percent) THEN 0
         ELSE $revenue_drop END AS revenue_drop,
    CASE WHEN end_date IS NULL THEN CASE WHEN has_contracts THEN 0 END WHEN NOT is_told THEN NULL
         WHEN $today - met < $meeting_days THEN 0 ELSE $renewal_unmet END AS renewal_unmet,
    CASE WHEN complaints IS NOT NULL THEN $complaint WHEN has_tickets THEN 0 END AS complaint
  FROM known
),
scored AS (
  SELECT * EXCLUDE (points), CASE WHEN points > 100 THEN 100 ELSE points END::BIGINT AS score
  FROM (SELECT *, list_sum([order_gap, silence, unhappy, revenue_drop, renewal_unmet, complaint]) AS points FROM pointed)
)
SELECT *, CASE WHEN score >= $high_from THEN 'high' WHEN score >= $medium_from THEN 'medium' WHEN score IS NOT NULL THEN 'low' END AS level
FROM scored
