-- svc_cadence_replayed: how each enrolment stands when everything that happened is gone through; here those without anything.
CREATE OR REPLACE TEMP TABLE svc_cadence_replayed AS FROM svc_cadence_now WHERE events = 0
