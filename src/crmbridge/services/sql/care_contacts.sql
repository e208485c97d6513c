-- svc_contacted: when each company was last in touch with us: at all with a part in it (what came from it, meetings, visits,
-- calls that were answered), and in a meeting. `is_told`: its source says with which companies people dealt.
CREATE OR REPLACE TEMP TABLE svc_contacted AS
WITH done AS (
  SELECT coalesce(a.account_id, d.account_id, c.account_id) AS account_id, coalesce(a.ended_at, a.started_at, a.logged_at) AS moment,
    a.type IN ('meeting', 'visit') AS is_meeting,
    svc_two_way(a.direction, a.type, a.outcome, $not_connected) AS is_two_way
  FROM activities a LEFT JOIN deals d ON d.id = a.deal_id LEFT JOIN contacts c ON c.id = a.contact_id
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.state, 'done') = 'done'
    AND NOT coalesce(a.automated, false) AND coalesce(a.ended_at, a.started_at, a.logged_at) <= $cut
),
last AS (
  SELECT account_id, max(moment) FILTER (is_two_way) AS two_way, max(moment) FILTER (is_meeting) AS met
  FROM done WHERE account_id IS NOT NULL GROUP BY account_id
)
SELECT a.id AS account_id, svc_day(l.two_way, $zone) AS two_way, svc_day(l.met, $zone) AS met,
  svc_day(coalesce(a.created_at, CASE WHEN a.first_seen_at <= $cut THEN a.first_seen_at END), $zone) AS since,
  l.account_id IS NOT NULL OR EXISTS (FROM svc_telling t WHERE t.connection IS NOT DISTINCT FROM a.connection AND t.kind = 'account') AS is_told
FROM accounts a LEFT JOIN last l ON l.account_id = a.id
WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
