-- svc_queue_rows: one row for each record and each person who has something to do with it. A first response and an answer are
-- the owner's; of several things that are due the earliest.
CREATE OR REPLACE TEMP TABLE svc_queue_rows AS
WITH due AS (
  SELECT q.kind, q.id, coalesce(q.doer, r.owner, a.owner_id, k.owner_id) AS doer, q.day, q.moment, q.key, q.what, q.source, q.template, q.customer,
    coalesce(r.is_held OR r.is_untouchable, false) AS is_out
  FROM svc_queue_due q
  LEFT JOIN svc_queue_records r ON r.kind = q.kind AND r.id = q.id
  LEFT JOIN accounts a ON q.kind = 'account' AND a.id = q.id
  LEFT JOIN contacts k ON q.kind = 'contact' AND k.id = q.id
),
firsts AS (
  SELECT kind, id, doer, count(*) - 1 AS others, arg_min(
    struct_pack(day := day, moment := moment, key := key, what := what, source := source, template := template, customer := customer),
    struct_pack(day := coalesce(day, DATE '9999-12-31'), key := key, source := source)) AS one
  FROM due WHERE NOT is_out GROUP BY kind, id, doer
),
first_ AS (
  SELECT kind, id, doer, others, one.day, one.moment, one.key, one.what, one.source, one.template, one.customer FROM firsts
),
answers AS (  -- by whom a customer is to be answered
  SELECT w.kind, w.id, w.owner AS doer, w.since FROM svc_queue_waiting w
),
responses AS (
  SELECT 'lead' AS kind, id, owner AS doer, due_at, status FROM svc_response
  WHERE stop_at IS NULL AND status IN ('pending', 'breached') AND start_day >= $first AND start_day < $after
),
keyed AS (
  SELECT kind, id, owner AS doer FROM svc_queue_records WHERE NOT is_held AND NOT is_untouchable AND $without_due
  UNION SELECT kind, id, doer FROM first_
  UNION SELECT kind, id, doer FROM answers
  UNION SELECT kind, id, doer FROM responses
),
joined AS (
  SELECT k.kind, k.id, k.doer, r.account_id, r.owner, r.id IS NOT NULL AS is_open,
    CASE WHEN w.id IS NOT NULL THEN 0 WHEN x.id IS NOT NULL THEN 1 ELSE 2 END AS class, w.since, x.status AS response,
    CASE WHEN w.id IS NOT NULL THEN svc_day(w.since, $zone) WHEN x.id IS NOT NULL THEN svc_day(x.due_at, $zone) ELSE f.day END AS due_day,
    CASE WHEN w.id IS NOT NULL THEN w.since WHEN x.id IS NOT NULL THEN x.due_at ELSE f.moment END AS due_at,
    CASE WHEN w.id IS NOT NULL THEN 'answer' WHEN x.id IS NOT NULL THEN 'first_response' ELSE f.source END AS source,
    f.what, f.template, f.customer, coalesce(f.others, 0) + (f.id IS NOT NULL AND (w.id IS NOT NULL OR x.id IS NOT NULL))::INTEGER AS others,
    coalesce(CASE WHEN w.id IS NULL AND x.id IS NULL THEN f.key END, r.subject, k.id) AS key, r.tier, r.rank, r.open_stages, coalesce(r.stage_n, 0) AS stage_n,
    r.amount_e4, r.currency, r.chance_e6, coalesce(u.place, 0) AS place,
    CASE WHEN r.currency = $only_currency THEN greatest(r.amount_e4, 0)::HUGEINT * r.chance_e6 // $coarse END AS value_n
  FROM keyed k
  LEFT JOIN svc_queue_records r ON r.kind = k.kind AND r.id = k.id
  LEFT JOIN first_ f ON f.kind = k.kind AND f.id = k.id AND f.doer IS NOT DISTINCT FROM k.doer
  LEFT JOIN answers w ON w.kind = k.kind AND w.id = k.id AND w.doer IS NOT DISTINCT FROM k.doer
  LEFT JOIN responses x ON x.kind = k.kind AND x.id = k.id AND x.doer IS NOT DISTINCT FROM k.doer
  LEFT JOIN svc_working_users u ON u.user_id = k.doer
)
SELECT j.*, CASE WHEN j.due_day <= $today THEN coalesce(t.workday_no - d.workday_no, 9999) END AS overdue,
  CASE WHEN overdue IS NULL THEN 0 ELSE least($urgent_days, overdue + 1) END AS urgent, coalesce(n.tier_n, 0) AS tier_n
FROM joined j
LEFT JOIN svc_days d ON d.place = j.place AND d.day = j.due_day
LEFT JOIN svc_days t ON t.place = j.place AND t.day = $today
LEFT JOIN svc_queue_tiers n ON n.tier = j.tier
