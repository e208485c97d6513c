-- svc_cadence_enrolments: how every enrolment stands after this run, and what must be remembered of it as JSON.
CREATE OR REPLACE TEMP TABLE svc_cadence_enrolments AS
WITH settled AS (
  SELECT eno, list({'occurrence': occurrence, 'day': day, 'how': how} ORDER BY occurrence) AS settled FROM svc_cadence_settled GROUP BY eno
),
rungs AS (
  SELECT d.eno, list(u.rung ORDER BY u.days) AS rungs
  FROM svc_cadence_due d JOIN svc_cadence_rungs u ON u.policy = d.policy AND d.overdue_bd >= u.days GROUP BY d.eno
),
stood AS (
  SELECT a.enrolment, a.policy, a.class, a.kind, a.id AS record_id, a.subject, a.person_key, a.owner_id, a.manager_id, a.customer, a.seq, a.state, a.why, a.step,
    a.occurrence, a.base AS anchor_day, a.touches, coalesce(d.due_day, p.due_day, a.due_day) AS due_day, a.start_at, a.since, a.was_body, a.before_why, s.settled,
    CASE WHEN d.eno IS NOT NULL THEN a.occurrence ELSE a.asked END AS asked,
    CASE WHEN d.eno IS NOT NULL AND (a.asked IS DISTINCT FROM a.occurrence OR d.made IS NULL) THEN d.due_day ELSE a.asked_due END AS asked_due,
    g.rungs
  FROM svc_cadence_alive a
  LEFT JOIN svc_cadence_due d ON d.eno = a.eno
  LEFT JOIN svc_cadence_slots p ON p.eno = a.eno
  LEFT JOIN settled s ON s.eno = a.eno
  LEFT JOIN rungs g ON g.eno = a.eno
),
said AS (
  SELECT *, to_json({'seq': seq, 'state': state, 'why': why, 'start': start_at, 'since': since, 'asked': asked, 'asked_due': asked_due,
    'settled': settled, 'before': before_why})::VARCHAR AS body FROM stood
),
left_ AS (  -- what has ended, and did not begin anew
  SELECT e.enrolment, e.policy, p.class, e.kind, r.id AS record_id, e.subject, r.person_key, r.owner_id, r.manager_id, r.customer, e.seq, 'exited' AS state, e.reason AS why,
    e.start_at, e.body AS was_body,
    to_json({'seq': e.seq, 'state': 'exited', 'why': e.reason, 'start': e.start_at})::VARCHAR AS body
  FROM svc_cadence_ended e
  LEFT JOIN svc_cadence_records r ON r.no = e.record_no
  LEFT JOIN svc_cadence_policies p ON p.policy = e.policy
  WHERE e.reason IS NOT NULL AND e.enrolment NOT IN (SELECT enrolment FROM svc_cadence_enrolled)
)
SELECT *, body IS DISTINCT FROM was_body AS is_changed FROM said
UNION ALL BY NAME
SELECT *, true AS is_changed FROM left_
