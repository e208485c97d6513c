-- svc_cadence_settled: what became of the tasks that were made: done by the owner, or deleted, and then not made again.
CREATE OR REPLACE TEMP TABLE svc_cadence_settled AS
WITH before AS (SELECT eno, unnest(settled, recursive := true) FROM svc_cadence_enrolled WHERE settled IS NOT NULL)
SELECT eno, occurrence, day, how FROM before
UNION ALL
SELECT e.eno, e.asked, CASE WHEN m.state = 'done' THEN least($today, greatest(coalesce(m.done_day, $today), e.start_day)) ELSE $today END,
  CASE WHEN m.state = 'done' THEN 'done' ELSE 'gone' END
FROM svc_cadence_enrolled e
JOIN svc_cadence_records r ON r.no = e.record_no
JOIN svc_cadence_policies p ON p.no = e.policy_no
JOIN svc_cadence_made m ON m.key = svc_cadence_key(p.policy, r.kind, r.subject, e.seq, e.asked)
ANTI JOIN before b ON b.eno = e.eno AND b.occurrence = e.asked
WHERE m.state IN ('done', 'cancelled', 'gone')
