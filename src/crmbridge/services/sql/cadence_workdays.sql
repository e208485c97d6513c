-- svc_cadence_workdays: the day of each workday number of every calendar.
CREATE OR REPLACE TEMP TABLE svc_cadence_workdays AS
SELECT calendar, no, day FROM svc_cadence_listed WHERE is_workday
