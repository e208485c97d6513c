-- svc_queue_waiting: the records of customers who sent something that nobody has answered, and since when.
CREATE OR REPLACE TEMP TABLE svc_queue_waiting AS
WITH talk AS (
  SELECT deal_id, lead_id, account_id, contact_id, direction, coalesce(started_at, ended_at, logged_at) AS moment,
    direction = 'in' AND (list_contains($waiting_types, type) OR (type = 'call' AND state IS NULL)) AS asks
  FROM activities
  WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND NOT coalesce(automated, false) AND coalesce(state, 'done') = 'done'
    AND coalesce(started_at, ended_at, logged_at) <= $cut AND coalesce(started_at, ended_at, logged_at) > $waiting_from
    AND type NOT IN ('note', 'web_event')
),
placed AS (
  SELECT CASE WHEN deal_id IS NOT NULL THEN 'deal' WHEN lead_id IS NOT NULL THEN 'lead' WHEN account_id IS NOT NULL THEN 'account'
              WHEN contact_id IS NOT NULL THEN 'contact' END AS kind,
    coalesce(deal_id, lead_id, account_id, contact_id) AS id, direction, moment, asks
  FROM talk
),
answered AS (SELECT kind, id, max(moment) FILTER (NOT asks) AS answered_at FROM placed WHERE id IS NOT NULL GROUP BY kind, id)
SELECT p.kind, p.id, min(p.moment) AS since FROM placed p JOIN answered a ON a.kind = p.kind AND a.id = p.id
WHERE p.asks AND (a.answered_at IS NULL OR p.moment > a.answered_at) GROUP BY p.kind, p.id
