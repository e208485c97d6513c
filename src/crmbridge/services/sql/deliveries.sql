-- svc_deliveries: every delivery at $cut, what it belongs to, how it stands, and how far its milestones are: a list of
-- {name, due, done}, days as ISO dates; `done` may be true instead. A text, cut at $between, says the same.
CREATE OR REPLACE TEMP TABLE svc_deliveries AS
WITH told AS (
  SELECT id, list_transform(list_filter(string_split_regex(milestones ->> '$', $between), lambda p: trim(p) <> ''),
      lambda p: regexp_extract(p, $milestone, ['name', 'due', 'done'])) AS steps
  FROM deliveries WHERE json_type(milestones) = 'VARCHAR'
  UNION ALL
  SELECT id, from_json(milestones, '[{"name":"VARCHAR","due":"VARCHAR","done":"VARCHAR"}]') FROM deliveries WHERE json_type(milestones) = 'ARRAY'
),
living AS (
  SELECT v.id, coalesce(v.subject, v.id) AS subject, coalesce(nullif(trim(v.name), ''), v.external_id, v.id) AS name,
    coalesce(v.account_id, d.account_id, o.account_id) AS account_id, d.contact_id, coalesce(v.deal_id, o.deal_id) AS deal_id,
    coalesce(d.product_id, o.product_id) AS product_id, coalesce(v.owner_id, d.owner_id) AS owner_id, v.promised_date AS promised,
    v.forecast_date AS forecast, CASE WHEN v.delivered_at <= $cut THEN svc_day(v.delivered_at, $zone) END AS delivered_day,
    coalesce(v.status, '') = 'delivered' AND v.delivered_at IS NULL AS is_undated, coalesce(v.status, '') = 'cancelled' AS is_cancelled,
    CASE WHEN coalesce(v.issue_open, true) THEN nullif(trim(v.issue), '') END AS issue,
    list_transform(t.steps, lambda m: {'name': m.name, 'due': TRY_CAST(m.due AS DATE),
        'is_done': coalesce(TRY_CAST(m.done AS DATE) <= $today, lower(m.done) IN ('true', 'yes'), false)}
    ) AS steps
  FROM deliveries v
  LEFT JOIN told t ON t.id = v.id
  LEFT JOIN orders o ON o.id = v.order_id
  LEFT JOIN deals d ON d.id = coalesce(v.deal_id, o.deal_id)
  WHERE coalesce(v.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (v.created_at IS NULL OR v.created_at <= $cut)
),
stepped AS (
  SELECT * EXCLUDE (steps, owner_id), coalesce(l.owner_id, a.owner_id) AS owner_id, coalesce(nullif(trim(a.name), ''), a.external_id) AS customer,
    coalesce(len(steps), 0) AS total, coalesce(len(list_filter(steps, lambda m: m.is_done)), 0) AS reached,
    coalesce(len(list_filter(steps, lambda m: NOT m.is_done AND coalesce(m.due < $today, false))), 0) AS behind,
    list_sort(list_transform(list_filter(steps, lambda m: NOT m.is_done), lambda m: {'due': m.due, 'name': m.name}), 'ASC', 'NULLS LAST')[1] AS next
  FROM living l LEFT JOIN accounts a ON a.id = l.account_id
)
SELECT * EXCLUDE (next), next.name AS next_name, next.due AS next_due, delivered_day IS NULL AND NOT is_undated AND NOT is_cancelled AS is_coming,
  CASE
    WHEN is_cancelled THEN 'cancelled'
    WHEN is_undated OR promised IS NULL THEN 'unknown'
    WHEN delivered_day IS NOT NULL THEN CASE WHEN delivered_day <= promised THEN 'on_time' ELSE 'late' END
    WHEN promised < $today THEN 'overdue'
    WHEN forecast > promised THEN 'delayed'
    WHEN behind > 0 THEN 'behind'
    ELSE 'planned' END AS state,
  CASE WHEN is_cancelled OR is_undated THEN NULL
       WHEN delivered_day IS NOT NULL THEN greatest(delivered_day - promised, 0)
       WHEN promised IS NULL THEN NULL
       ELSE greatest(greatest($today, coalesce(forecast, $today)) - promised, 0) END AS days
FROM stepped
