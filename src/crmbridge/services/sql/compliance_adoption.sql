-- How each rep uses the system: open deals with a next step, touches of the last days, and what was noted of them when.
-- The fragments in braces say which sources supply what is asked for.
WITH steps AS (
  SELECT coalesce(r.owner_id, nullif(r.owner_ref, '')) AS owner_id, count(*) FILTER ({steps}) AS deals,
    count(*) FILTER ({steps} AND (coalesce(trim(r.next_step) <> '', false) OR r.next_step_due IS NOT NULL)) AS with_step
  FROM deals r JOIN svc_states s ON s.deal_no = r.no {deal_sources} WHERE s.class = 'open' GROUP BY 1
),
touches AS (
  SELECT coalesce(r.actor_id, r.owner_id, nullif(r.owner_ref, '')) AS owner_id, count(*) AS touches,
    count(*) FILTER ({results}) AS telling,
    count(*) FILTER ({results} AND (coalesce(trim(r.content) <> '', false) OR coalesce(trim(r.outcome) <> '', false)
                     OR coalesce(trim(r.customer_feedback) <> '', false))) AS with_result,
    count(logged.workday_no - done.workday_no) AS timed,
    count(*) FILTER (logged.workday_no - done.workday_no <= $logged_late_days) AS in_time
  FROM activities r {activity_sources}
  LEFT JOIN calendar_days done ON done.calendar = $calendar AND done.day = svc_day(coalesce(r.ended_at, r.started_at), $zone)
  LEFT JOIN calendar_days logged ON logged.calendar = $calendar AND logged.day = svc_day(r.logged_at, $zone)
  WHERE coalesce(r.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(r.state, 'done') = 'done'
    AND NOT coalesce(r.automated, false) AND r.type NOT IN ('note', 'web_event', 'form')
    AND coalesce(r.ended_at, r.started_at, r.logged_at) <= $cut
    AND coalesce(r.ended_at, r.started_at, r.logged_at) > CAST($cut AS TIMESTAMP) - to_days($adoption_days)
  GROUP BY 1
)
SELECT o.owner_id, u.name AS owner, coalesce(s.deals, 0) AS deals, coalesce(s.with_step, 0) AS with_step,
  coalesce(t.touches, 0) AS touches, coalesce(t.telling, 0) AS telling, coalesce(t.with_result, 0) AS with_result, coalesce(t.timed, 0) AS timed,
  coalesce(t.in_time, 0) AS in_time
FROM (SELECT owner_id FROM steps UNION SELECT owner_id FROM touches) o
LEFT JOIN steps s ON s.owner_id IS NOT DISTINCT FROM o.owner_id
LEFT JOIN touches t ON t.owner_id IS NOT DISTINCT FROM o.owner_id
LEFT JOIN users u ON u.id = o.owner_id
WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, o.owner_id)
ORDER BY u.name NULLS LAST, o.owner_id NULLS LAST
