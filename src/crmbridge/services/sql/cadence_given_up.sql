-- svc_cadence_given_up: whom a policy gave up or was through with, and nothing has begun anew since: neither did the record come
-- there again, nor did anybody answer a policy that nobody had answered.
CREATE OR REPLACE TEMP TABLE svc_cadence_given_up AS
WITH over AS (
  SELECT b.policy, b.why, b.said_at, r.no AS record_no, r.kind, r.id, r.person_key
  FROM svc_cadence_before b JOIN svc_cadence_records r ON r.kind = b.kind AND r.subject = b.subject
  WHERE b.state = 'exited' AND b.why IN ('exhausted', 'finished', 'replied') AND NOT coalesce(r.entered_at > b.said_at, false)
),
heard AS (
  SELECT o.record_no, o.policy, o.said_at, t.word, t.moment FROM over o JOIN svc_cadence_touches t ON t.about = 'deal' AND t.key = o.id
  WHERE o.why = 'exhausted' AND o.kind = 'deal'
  UNION ALL
  SELECT o.record_no, o.policy, o.said_at, t.word, t.moment FROM over o JOIN svc_cadence_touches t ON t.about = 'person' AND t.key = o.person_key
  WHERE o.why = 'exhausted'
),
answered AS (
  SELECT DISTINCT h.record_no, h.policy FROM heard h JOIN svc_cadence_words w ON w.policy = h.policy AND w.word = h.word
  WHERE w.resets AND h.moment > h.said_at
)
SELECT o.record_no, o.policy, o.why, o.said_at FROM over o ANTI JOIN answered a ON a.record_no = o.record_no AND a.policy = o.policy
