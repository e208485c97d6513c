-- svc_clocks: when the clock of each lead started and when it was answered first after that; how long it may wait.
CREATE OR REPLACE TEMP TABLE svc_clocks AS
WITH remembered AS (
  SELECT subject, arg_min(make_timestamp(CAST(body ->> '$.start_us' AS BIGINT)), "at") AS start_at
  FROM service_events WHERE service = 'response' AND "at" <= $cut GROUP BY subject
),
telling AS (
  SELECT connection FROM svc_telling WHERE kind = 'lead'
  UNION SELECT connection FROM leads WHERE first_response_at IS NOT NULL AND $field GROUP BY connection
),
living AS (
  SELECT l.id, l.subject, l.owner_id, coalesce(l.owner_id, nullif(l.owner_ref, '')) AS owner, coalesce(u.place, 0) AS place,
    {tier} AS tier, l.created_at, coalesce(l.created_at_precision, 'exact') = 'day' AS is_created_day,
    CASE WHEN l.assigned_at <= $cut THEN l.assigned_at END AS given_at,
    coalesce(l.assigned_at_precision, 'exact') = 'day' AS is_given_day, r.start_at AS remembered_at,
    l.connection IS NOT DISTINCT FROM t.connection AND t.tells AS tells,
    s.is_converted OR coalesce(l.status IN ('disqualified', 'converted'), false) OR coalesce(c.tier = 'X', false) AS is_decided
  FROM leads l JOIN svc_leads s ON s.lead_no = l.no
  LEFT JOIN svc_working_users u ON u.user_id = l.owner_id
  LEFT JOIN svc_scores c ON c.kind = 'lead' AND c.id = l.id
  LEFT JOIN remembered r ON r.subject = l.id
  LEFT JOIN (SELECT connection, true AS tells FROM telling) t ON t.connection IS NOT DISTINCT FROM l.connection
  WHERE l.status IS DISTINCT FROM 'void'
),
begun AS (
  SELECT *, CASE $start WHEN 'created' THEN created_at WHEN 'assigned' THEN given_at ELSE greatest(created_at, given_at) END AS now_at
  FROM living
),
answered AS (
  SELECT b.id, min(a.moment) AS ever_at,
    min(CASE WHEN CASE WHEN a.is_day OR b.is_given_day OR b.is_created_day THEN svc_day(a.moment, $zone) >= svc_day(b.now_at, $zone)
                       ELSE a.moment >= b.now_at END THEN a.moment END) AS now_answer_at
  FROM begun b JOIN svc_answers a ON a.lead_id = b.id
  WHERE b.created_at IS NULL OR a.moment >= b.created_at
    OR ((a.is_day OR b.is_created_day) AND svc_day(a.moment, $zone) = svc_day(b.created_at, $zone))
  GROUP BY b.id
),
chosen AS (  -- unless a new assignment starts it anew, a clock that runs, or that an answer has stopped, goes on
  SELECT b.*, a.ever_at,
    CASE WHEN $restart OR $start = 'created' THEN now_at
         WHEN remembered_at IS NOT NULL THEN least(remembered_at, now_at)
         WHEN a.ever_at < now_at AND now_answer_at IS DISTINCT FROM ever_at THEN coalesce(created_at, now_at)
         ELSE now_at END AS start_at
  FROM begun b LEFT JOIN answered a ON a.id = b.id
),
starting AS (
  SELECT *, CASE WHEN start_at IS NOT DISTINCT FROM given_at AND given_at IS DISTINCT FROM created_at THEN is_given_day
                 WHEN start_at IS NOT DISTINCT FROM created_at THEN is_created_day ELSE false END AS is_start_day
  FROM chosen
),
stopped AS (
  SELECT c.id, min(a.moment) AS stop_at, arg_min(a.is_day, a.moment) AS is_stop_day
  FROM starting c JOIN svc_answers a ON a.lead_id = c.id
  WHERE c.ever_at IS NOT NULL AND CASE WHEN a.is_day OR c.is_start_day THEN svc_day(a.moment, $zone) >= svc_day(c.start_at, $zone)
                                       ELSE a.moment >= c.start_at END
  GROUP BY c.id
)
SELECT c.id, c.subject, c.owner_id, c.owner, c.place, c.tier, c.created_at, c.start_at, c.is_start_day, coalesce(c.tells, false) AS tells,
  c.is_decided, s.stop_at, coalesce(s.is_stop_day, false) AS is_stop_day, coalesce(w.n, $within_n) AS n,
  coalesce(w.unit, $within_unit) AS unit,
  CASE coalesce(w.unit, $within_unit)
    WHEN 'bh' THEN coalesce(w.n, $within_n) * 3600000000 WHEN 'bd' THEN coalesce(w.n, $within_n) * k.day_us
    ELSE coalesce(w.n, $within_n) * 86400000000 END AS target_us,
  k.day_us, c.remembered_at IS NOT NULL AS is_remembered
FROM starting c
LEFT JOIN stopped s ON s.id = c.id
LEFT JOIN svc_within w ON w.tier = c.tier
JOIN svc_calendars k ON k.place = c.place
