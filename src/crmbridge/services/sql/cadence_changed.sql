-- What must be remembered of this run.
SELECT enrolment, body FROM svc_cadence_enrolments WHERE is_changed ORDER BY enrolment
