-- The last thing that a person did with each lead, deal and account and wrote a result of: what came of it, what the customer
-- said, and what comes next.
WITH done AS (
  SELECT id, lead_id, deal_id, account_id, type, outcome, customer_feedback, next_step, next_step_due,
    coalesce(ended_at, started_at, logged_at) AS moment
  FROM activities
  WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND NOT coalesce(automated, false) AND coalesce(state, 'done') = 'done'
    AND type NOT IN ('note', 'web_event', 'form')
    AND (trim(outcome) <> '' OR trim(customer_feedback) <> '' OR trim(next_step) <> '')
),
placed AS (
  SELECT 'lead' AS kind, lead_id AS record_id, * FROM done WHERE lead_id IS NOT NULL
  UNION ALL SELECT 'deal', deal_id, * FROM done WHERE deal_id IS NOT NULL
  UNION ALL SELECT 'account', account_id, * FROM done WHERE account_id IS NOT NULL
  UNION ALL SELECT 'account', d.account_id, a.* FROM done a JOIN deals d ON d.id = a.deal_id
  WHERE a.account_id IS NULL AND d.account_id IS NOT NULL
)
SELECT kind, record_id, svc_day(moment, $zone) AS day, type, trim(outcome) AS outcome, trim(customer_feedback) AS feedback,
  trim(next_step) AS next_step, next_step_due, id
FROM placed WHERE moment <= $cut AND list_contains($kinds, kind)
QUALIFY row_number() OVER (PARTITION BY kind, record_id ORDER BY moment DESC, id DESC) = 1
ORDER BY kind, record_id
