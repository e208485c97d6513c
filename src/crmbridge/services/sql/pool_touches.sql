-- svc_pool_touches: the day on which a person of ours last dealt with each lead and each account (by itself, its contacts, its
-- deals). What a customer wrote, filled in or looked at is no touch of ours; whoever waits for an answer stands in the queue.
CREATE OR REPLACE TEMP TABLE svc_pool_touches AS
WITH done AS (
  SELECT lead_id, account_id, contact_id, deal_id, coalesce(ended_at, started_at, logged_at) AS moment
  FROM activities
  WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(counts_as_touch, true)
    AND NOT coalesce(automated, false) AND coalesce(state, 'done') = 'done'
    AND coalesce(ended_at, started_at, logged_at) <= $cut AND type NOT IN ('form', 'web_event')
    AND NOT (coalesce(direction = 'in', false) AND type IN ('email', 'im', 'sms'))
)
SELECT kind, id, max(moment) AS moment FROM (
  SELECT 'lead' AS kind, lead_id AS id, moment FROM done
  UNION ALL SELECT 'account', account_id, moment FROM done
  UNION ALL SELECT 'account', c.account_id, d.moment FROM done d JOIN contacts c ON c.id = d.contact_id
  UNION ALL SELECT 'account', o.account_id, d.moment FROM done d JOIN deals o ON o.id = d.deal_id
  UNION ALL SELECT 'account', id, last_touch_at FROM accounts WHERE last_touch_at <= $cut
) WHERE id IS NOT NULL AND moment IS NOT NULL GROUP BY kind, id
