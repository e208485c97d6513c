-- The first day that matters to any enrolment.
SELECT least((SELECT min(day) FROM svc_cadence_touches), (SELECT min(entered_at) FROM svc_cadence_records)::DATE,
  (SELECT min(start_at) FROM svc_cadence_before)::DATE, (SELECT min(start) FROM svc_cadence_policies))
