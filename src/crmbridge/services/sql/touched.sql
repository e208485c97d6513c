-- svc_touched: of each deal, contact, lead and account that activities name together, when the last of what was done with
-- them up to $cut was, and the last that counts as a touch, in which the customer had a part, that was a meeting.
CREATE OR REPLACE {made} AS
WITH reached AS (  -- the words of each outcome are looked for once
  SELECT outcome, svc_two_way(NULL, 'call', outcome, $not_connected::VARCHAR[]) AS is_reached
  FROM (SELECT DISTINCT outcome FROM activities WHERE type = 'call' AND outcome IS NOT NULL)
),
done AS (
  SELECT a.deal_id, a.contact_id, a.lead_id, a.account_id, coalesce(a.ended_at, a.started_at, a.logged_at) AS moment,
    coalesce(a.counts_as_touch, true) AS is_touch, a.type IN ('meeting', 'visit') AS is_meeting,
    svc_two_way(a.direction, a.type, NULL, $not_connected::VARCHAR[]) OR a.type = 'call' AND coalesce(r.is_reached, false) AS is_two_way
  FROM activities a LEFT JOIN reached r ON r.outcome = a.outcome
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(a.state, 'done') = 'done'
    AND NOT coalesce(a.automated, false)
)
SELECT deal_id, contact_id, lead_id, account_id, max(moment) AS done_at, max(moment) FILTER (is_touch) AS touched_at,
  max(moment) FILTER (is_two_way) AS two_way_at, max(moment) FILTER (is_meeting) AS met_at
FROM done WHERE moment <= $cut
GROUP BY deal_id, contact_id, lead_id, account_id
