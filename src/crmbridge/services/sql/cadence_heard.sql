-- svc_cadence_heard: what each enrolment hears of. A deal hears what was about it, and what was with its person and named no
-- deal.
CREATE OR REPLACE TEMP TABLE svc_cadence_heard AS
WITH keys AS (
  SELECT l.eno, p.policy, l.start_at, CASE r.kind WHEN 'deal' THEN 'deal' WHEN 'account' THEN 'account' ELSE 'person' END AS about,
    CASE r.kind WHEN 'deal' THEN r.id WHEN 'account' THEN r.id ELSE r.person_key END AS key, false AS is_beside
  FROM svc_cadence_enrolled l JOIN svc_cadence_records r ON r.no = l.record_no JOIN svc_cadence_policies p ON p.no = l.policy_no
  UNION ALL
  SELECT l.eno, p.policy, l.start_at, 'person', r.person_key, true
  FROM svc_cadence_enrolled l JOIN svc_cadence_records r ON r.no = l.record_no AND r.kind = 'deal' JOIN svc_cadence_policies p ON p.no = l.policy_no
)
SELECT k.eno, t.subject, t.channel, t.day, t.moment, t.next_step_due, t.moment > k.start_at AS is_after,
  coalesce(w.counts, false) AS counts, coalesce(w.resets, false) AS resets, coalesce(w.replies, false) AS replies
FROM keys k
JOIN svc_cadence_touches t ON t.about = k.about AND t.key = k.key AND NOT (k.is_beside AND t.has_deal)
LEFT JOIN svc_cadence_words w ON w.policy = k.policy AND w.word = t.word
