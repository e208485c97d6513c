-- svc_cadence_listeners: the open enrolments, and those that ended by themselves.
CREATE OR REPLACE TEMP TABLE svc_cadence_listeners AS
SELECT eno, policy_no, record_no, calendar, seq, start_at FROM svc_cadence_enrolled
UNION ALL
SELECT -row_number() OVER (ORDER BY b.enrolment), p.no, r.no,
  coalesce(CASE p.calendar WHEN 'team' THEN r.team_calendar ELSE coalesce(r.own_calendar, r.team_calendar) END, 0), b.seq, b.start_at
FROM svc_cadence_before b
JOIN svc_cadence_records r ON r.kind = b.kind AND r.subject = b.subject
JOIN svc_cadence_policies p ON p.policy = b.policy
WHERE b.state = 'exited' AND b.why IN ('exhausted', 'finished', 'replied') AND b.enrolment NOT IN (SELECT enrolment FROM svc_cadence_enrolled)
