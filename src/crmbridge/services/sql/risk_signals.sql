-- svc_risk_signals: every open deal and what its signals rest on. The points of a signal are 0 where it is known not to
-- hold, and NULL where nobody can tell. The fragments in braces say which sources supply a field.
CREATE OR REPLACE TEMP TABLE svc_risk_signals AS
WITH named AS (
  SELECT deal_id, max(two_way_at) AS heard_at,
    count(DISTINCT contact_id) FILTER (is_named AND done_at > CAST($cut AS TIMESTAMP) - to_days($contact_days)) AS contacts
  FROM svc_risk_touches GROUP BY deal_id
),
met AS (  -- whom each deal is made with
  SELECT deal_id, contact_id FROM svc_risk_touches WHERE is_named AND contact_id IS NOT NULL
  UNION
  SELECT d.id, d.contact_id FROM deals d WHERE d.contact_id IS NOT NULL
),
deciders AS (
  SELECT DISTINCT m.deal_id FROM met m JOIN contacts c ON c.id = m.contact_id
  WHERE list_contains($deciders, regexp_replace(lower(c.decision_role), '[^\p{{L}}\p{{N}}]', '', 'g'))
),
amounts AS (
  SELECT record_id, moment, old_e4 AS e4, old_currency AS currency FROM svc_risk_changes WHERE field = 'amount'
  UNION ALL
  SELECT record_id, moment, new_e4, new_currency FROM svc_risk_changes WHERE field = 'amount'
),
highest AS (
  SELECT a.record_id, a.currency, max(a.e4) AS e4 FROM amounts a
  WHERE a.moment > CAST($cut AS TIMESTAMP) - to_days($cut_days) GROUP BY a.record_id, a.currency
),
back AS (
  SELECT deal_no, max(moment) AS back_at FROM svc_way
  WHERE move = 'regress' AND moment > CAST($cut AS TIMESTAMP) - to_days($back_days) GROUP BY deal_no
),
told AS (
  SELECT connection, bool_or(kind = 'deal') AS deals, bool_or(kind = 'contact') AS contacts, bool_or(kind = 'lead') AS leads
  FROM svc_telling GROUP BY connection
),
facts AS (
  SELECT s.deal_no, r.id, r.name, r.subject, r.external_id, coalesce(r.owner_id, nullif(r.owner_ref, '')) AS owner,
    r.owner_id, r.account_id, s.pipeline::VARCHAR AS pipeline, s.stage::VARCHAR AS stage, s.rank, s.is_unmapped, s.is_on_hold,
    s.amount_e4, s.amount_currency, r.expected_close, r.next_step, r.next_step_due, a.sla_age_us, t.sla_days, t.sla_unit,
    svc_day(greatest(n.heard_at, r.created_at), $zone) AS quiet_since, n.heard_at, coalesce(n.contacts, 0) AS contacts,
    coalesce(p.pushes, 0) AS pushes, p.slip_days, greatest(h.e4, s.amount_e4) AS highest_e4, b.back_at,
    m.deal_id IS NOT NULL AS has_decider, {next_step} AS tells_next_step, {expected_close} AS tells_close,
    coalesce(w.deals OR (w.contacts AND r.contact_id IS NOT NULL) OR (w.leads AND r.lead_id IS NOT NULL), false) AS tells_touches,
    list_contains($changing, coalesce(r.connection, '')) AS tells_changes,
    list_contains($meeting, coalesce(r.connection, '')) AS tells_contacts,
    list_contains($deciding, coalesce(r.connection, '')) AS tells_roles,
    list_contains($quoting, coalesce(r.connection, '')) AS tells_quotes, q.valid_until,
    CASE WHEN q.deal_id IS NULL OR q.is_expired OR q.valid_until IS NOT NULL THEN coalesce(q.is_expired, false) END AS is_quote_expired,
    r.history_quality NOT IN ('current_only', 'dates') OR b.back_at IS NOT NULL
      OR coalesce(r.first_seen_at <= CAST($cut AS TIMESTAMP) - to_days($back_days), false) AS tells_moves
  FROM svc_states s JOIN deals r ON r.no = s.deal_no {supplied}
  LEFT JOIN svc_ages a ON a.deal_no = s.deal_no
  LEFT JOIN svc_stages t ON t.pipeline = s.pipeline::VARCHAR AND t.key = s.stage::VARCHAR
  LEFT JOIN named n ON n.deal_id = r.id
  LEFT JOIN svc_risk_pushes p ON p.record_id = r.id
  LEFT JOIN highest h ON h.record_id = r.id AND h.currency = s.amount_currency
  LEFT JOIN back b ON b.deal_no = s.deal_no
  LEFT JOIN deciders m ON m.deal_id = r.id
  LEFT JOIN svc_quotes q ON q.deal_id = r.id
  LEFT JOIN told w ON w.connection IS NOT DISTINCT FROM r.connection
  WHERE s.class = 'open'
    AND ($only_currency IS NULL OR s.amount_e4 IS NULL OR s.amount_currency = $only_currency)
    AND ($pipeline IS NULL OR s.pipeline::VARCHAR = $pipeline)
)
SELECT *,
  CASE WHEN is_on_hold THEN 0 WHEN is_unmapped THEN NULL WHEN sla_days IS NULL THEN 0 WHEN sla_age_us IS NULL THEN NULL
       WHEN sla_age_us > sla_days * $stalled_over2 * 86400000000 THEN $stalled_points2
       WHEN sla_age_us > sla_days * $stalled_over1 * 86400000000 THEN $stalled_points1 ELSE 0 END AS stalled,
  CASE WHEN rank < $next_rank THEN 0 WHEN rank IS NULL OR NOT tells_next_step THEN NULL
       WHEN (coalesce(trim(next_step) <> '', false) OR next_step_due IS NOT NULL)
            AND coalesce(next_step_due >= $today, true) THEN 0 ELSE $next_points END AS no_next_step,
  CASE WHEN NOT tells_close OR expected_close IS NULL THEN NULL WHEN expected_close < $today THEN $past_points ELSE 0 END
    AS close_date_past,
  CASE WHEN NOT tells_changes OR NOT tells_close THEN NULL WHEN pushes >= $pushed_times2 THEN $pushed_points2
       WHEN pushes >= $pushed_times1 THEN $pushed_points1 ELSE 0 END AS pushed,
  CASE WHEN NOT tells_touches OR quiet_since IS NULL THEN NULL WHEN $today - quiet_since >= $quiet_days THEN $quiet_points
       ELSE 0 END AS no_activity,
  CASE WHEN NOT tells_changes OR amount_e4 IS NULL THEN NULL
       WHEN highest_e4 > amount_e4 AND amount_e4::HUGEINT * 100 <= highest_e4::HUGEINT * $cut_percent THEN $cut_points
       ELSE 0 END AS amount_cut,
  CASE WHEN NOT tells_moves THEN NULL WHEN back_at IS NOT NULL THEN $back_points ELSE 0 END AS regressed,
  CASE WHEN contacts > $few_contacts THEN 0 WHEN amount_e4 IS NULL OR amount_currency <> $currency THEN NULL
       WHEN amount_e4 < $large_e4 THEN 0 WHEN NOT tells_contacts THEN NULL ELSE $single_points END AS single_threaded,
  CASE WHEN rank < $decider_rank OR has_decider THEN 0 WHEN rank IS NULL OR NOT tells_roles THEN NULL
       ELSE $decider_points END AS no_decision_maker,
  CASE WHEN rank < $expired_rank THEN 0 WHEN rank IS NULL OR NOT tells_quotes THEN NULL WHEN is_quote_expired THEN $expired_points
       WHEN NOT is_quote_expired THEN 0 END AS quote_expired
FROM facts
