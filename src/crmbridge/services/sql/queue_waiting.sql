-- svc_queue_waiting: the records by which to answer whoever waits, since when, and whose they are.
CREATE OR REPLACE TEMP TABLE svc_queue_waiting AS
SELECT kind, id, min(since) AS since, any_value(owner) AS owner, list(person_key) AS people FROM svc_waiting GROUP BY kind, id
