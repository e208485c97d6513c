-- svc_cadence_enrolled: the enrolments that are open now, since when, and what is remembered of them.
CREATE OR REPLACE TEMP TABLE svc_cadence_enrolled AS
WITH fitting AS (
  SELECT f.*, NOT (f.is_elsewhere OR f.is_closed OR f.is_other_tier OR f.is_beaten OR f.is_not_given_up OR f.is_given_up
    OR f.is_refused AND list_contains(p.exits, 'opted_out') OR f.is_ownerless AND list_contains(p.exits, 'owner_inactive')) AS is_for
  FROM svc_cadence_fits f JOIN svc_cadence_policies p ON p.no = f.policy_no
),
placed AS (
  SELECT f.policy_no, f.record_no, f.tier_n, f.tier_unit, p.policy || '|' || r.kind || '|' || r.subject AS enrolment,
    b.state IS NOT NULL AND b.state <> 'exited' AND e.reason IS NULL AS is_open, f.is_for,
    coalesce(b.seq, 0) + CASE WHEN b.state IS NOT NULL AND b.state <> 'exited' AND e.reason IS NULL THEN 0 ELSE 1 END AS seq,
    r.entered_at, b.start_at AS was_start_at, b.said_at, b.asked, b.asked_due, b.settled, b.since, b.state AS was_state, b.body AS was_body,
    CASE WHEN b.state IS NOT NULL AND b.state <> 'exited' THEN e.reason ELSE b.before END AS before_why,
    CASE WHEN p.exhausted THEN q.said_at END AS given_up_at,
    coalesce(CASE p.calendar WHEN 'team' THEN r.team_calendar ELSE coalesce(r.own_calendar, r.team_calendar) END, 0) AS calendar
  FROM fitting f
  JOIN svc_cadence_records r ON r.no = f.record_no
  JOIN svc_cadence_policies p ON p.no = f.policy_no
  LEFT JOIN svc_cadence_before b ON b.policy = p.policy AND b.kind = r.kind AND b.subject = r.subject
  LEFT JOIN (SELECT record_no, max(said_at) AS said_at FROM svc_cadence_given_up WHERE why = 'exhausted' GROUP BY record_no) q ON q.record_no = f.record_no
  LEFT JOIN svc_cadence_ended e ON e.policy = p.policy AND e.kind = r.kind AND e.subject = r.subject
),
started AS (
  SELECT * EXCLUDE (entered_at, was_start_at, said_at, given_up_at, asked, asked_due, settled, since, was_state),
    CASE WHEN is_open THEN was_start_at
         ELSE least($cut, greatest(coalesce(given_up_at, entered_at, $cut), CASE WHEN was_state IS NOT NULL THEN said_at END, $since, $first)) END AS start_at,
    CASE WHEN is_open THEN asked END AS asked, CASE WHEN is_open THEN asked_due END AS asked_due,
    CASE WHEN is_open THEN settled END AS settled,
    CASE WHEN is_open THEN since END AS since, CASE WHEN is_open THEN was_state END AS was_state
  FROM placed WHERE is_open OR is_for
)
SELECT row_number() OVER (ORDER BY record_no, policy_no) AS eno, *, svc_day(start_at, $zone) AS start_day FROM started
