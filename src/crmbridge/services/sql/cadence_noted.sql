-- What is odd about the answer, counted.
SELECT (SELECT count(*) FILTER (is_apart AND NOT auto) FROM svc_cadence_due), (SELECT count(*) FILTER (owner_id IS NULL) FROM svc_cadence_due),
  (SELECT count(*) FILTER (entered_at IS NULL) FROM svc_cadence_records)
