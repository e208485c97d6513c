-- svc_cadence_prior: when somebody was last touched before the enrolment began.
CREATE OR REPLACE TEMP TABLE svc_cadence_prior AS
SELECT h.eno, max(h.day) AS day FROM svc_cadence_heard h
JOIN svc_cadence_enrolled e ON e.eno = h.eno
JOIN svc_cadence_records r ON r.no = e.record_no
JOIN svc_cadence_steps s ON s.policy_no = e.policy_no AND s.step = 1
WHERE NOT h.is_after AND h.day >= CAST($first AS DATE) AND (h.resets OR h.counts AND (s.any_channel OR h.channel IN (s.channel, s.other_channel, CASE WHEN s.preferred THEN r.preferred END))) GROUP BY h.eno
