-- When each record is touched next.
SELECT kind, record_id, min(due_day) FROM svc_cadence_enrolments WHERE state = 'active' AND due_day IS NOT NULL GROUP BY ALL ORDER BY ALL
