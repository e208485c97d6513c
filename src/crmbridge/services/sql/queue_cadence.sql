-- svc_queue_due gets what cadences want by their horizon and no open task of the CRM stands for yet.
INSERT INTO svc_queue_due BY NAME
SELECT kind, record_id AS id, owner_id AS doer, due_day AS day, due_at AS moment, external_key AS key, 'cadence' AS source, template,
  customer
FROM svc_cadence_due WHERE class = 2 AND made IS DISTINCT FROM 'open'
