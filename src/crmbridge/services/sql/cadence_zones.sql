-- The days on which tasks are due, by the calendars and zones of those whom they concern.
SELECT DISTINCT a.calendar, a.zone, s.due_day FROM svc_cadence_slots s JOIN svc_cadence_alive a ON a.eno = s.eno
UNION
SELECT calendar, zone, due_day FROM svc_cadence_answers
