-- svc_cadence_heard: what each enrolment hears of. A deal hears what was about it, and what was with its person and named no
-- deal.
CREATE OR REPLACE TEMP TABLE svc_cadence_heard AS
SELECT e.eno, t.subject, t.channel, t.day, t.moment, t.is_out, t.next_step_due, t.moment > e.start_at AS is_after,
  coalesce(w.counts, false) AS counts, coalesce(w.resets, false) AS resets, coalesce(w.replies, false) AS replies
FROM svc_cadence_enrolled e
JOIN svc_cadence_records r ON r.no = e.record_no
JOIN svc_cadence_touches t ON t.about = CASE r.kind WHEN 'deal' THEN 'deal' WHEN 'account' THEN 'account' ELSE 'person' END
  AND t.key = CASE r.kind WHEN 'deal' THEN r.id WHEN 'account' THEN r.id ELSE r.person_key END
JOIN svc_cadence_policies p ON p.no = e.policy_no
LEFT JOIN svc_cadence_words w ON w.policy = p.policy AND w.word = t.word
UNION ALL
SELECT e.eno, t.subject, t.channel, t.day, t.moment, t.is_out, t.next_step_due, t.moment > e.start_at,
  coalesce(w.counts, false), coalesce(w.resets, false), coalesce(w.replies, false)
FROM svc_cadence_enrolled e
JOIN svc_cadence_records r ON r.no = e.record_no AND r.kind = 'deal'
JOIN svc_cadence_touches t ON t.about = 'person' AND t.key = r.person_key AND NOT t.has_deal
JOIN svc_cadence_policies p ON p.no = e.policy_no
LEFT JOIN svc_cadence_words w ON w.policy = p.policy AND w.word = t.word
