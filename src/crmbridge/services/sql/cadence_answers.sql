-- svc_cadence_answers: the first thing that a person wrote and nobody has answered, as a task about the record that counts
-- most for that person. What a machine sent is no answer. A task that was made for it and is done, or was deleted, is an answer too.
CREATE OR REPLACE TEMP TABLE svc_cadence_answers AS
WITH answered AS (SELECT eno, max(moment) FILTER (is_answer) AS at_last FROM svc_cadence_heard GROUP BY eno),
open AS (
  SELECT h.eno, h.channel, h.subject AS reply, h.moment, h.day, 'cb1-' || substr(sha256('answer|' || replace(replace(h.subject, '%', '%25'), '|', '%7C')), 1, 24) AS key
  FROM svc_cadence_heard h JOIN answered a ON a.eno = h.eno
  WHERE h.replies AND h.is_recent AND (a.at_last IS NULL OR h.moment > a.at_last)
),
told AS (
  SELECT o.*, m.state, m.due AS made_due, max(o.moment) FILTER (m.state IN ('done', 'cancelled', 'gone')) OVER (PARTITION BY o.eno) AS settled_at
  FROM open o LEFT JOIN svc_cadence_made m ON m.key = o.key
),
first AS (
  SELECT * FROM told WHERE settled_at IS NULL OR moment > settled_at
  QUALIFY row_number() OVER (PARTITION BY eno ORDER BY state IS NULL, moment, reply) = 1
),
one AS (
  SELECT f.*, r.kind, r.id, r.subject, r.person_key, r.account_id, r.about_id, r.owner_id, r.customer, r.zone, r.manager_id, l.calendar, l.seq,
    f.channel
  FROM first f
  JOIN svc_cadence_listeners l ON l.eno = f.eno
  JOIN svc_cadence_records r ON r.no = l.record_no
  JOIN svc_cadence_policies p ON p.no = l.policy_no
  LEFT JOIN svc_cadence_alive a ON a.eno = f.eno
  QUALIFY row_number() OVER (PARTITION BY r.person_key ORDER BY coalesce(a.is_suspended, false),
    list_position(['deal', 'contact', 'lead', 'account'], r.kind), r.rank DESC NULLS LAST, p.policy, r.subject) = 1
)
SELECT o.*, coalesce(o.made_due, w.day) AS due_day
FROM one o
JOIN svc_cadence_days d ON d.calendar = o.calendar AND d.day = o.day
JOIN svc_cadence_workdays w ON w.calendar = o.calendar AND w.no = d.no + $answer_days
