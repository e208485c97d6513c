-- svc_cadence_now: how each enrolment stood when it began. The k-th occurrence is due k intervals after `base`.
CREATE OR REPLACE TEMP TABLE svc_cadence_now AS
SELECT e.eno, 1 AS step, 1 AS occurrence, coalesce(v.n, 0) AS events,
  CASE WHEN p.anchor = 'last_touch' AND b.day IS NOT NULL THEN 1 WHEN p.at_once THEN 0 ELSE 1 END AS k,
  CASE p.anchor WHEN 'fixed' THEN greatest(p.start, CAST($first AS DATE)) WHEN 'last_touch' THEN coalesce(b.day, e.start_day) ELSE e.start_day END AS base,
  CASE WHEN p.anchor = 'last_touch' THEN b.day END AS last_day,
  0 AS touches, NULL::DATE AS paused_until, false AS is_over
FROM svc_cadence_enrolled e
JOIN svc_cadence_policies p ON p.no = e.policy_no
LEFT JOIN svc_cadence_prior b ON b.eno = e.eno
LEFT JOIN (SELECT eno, any_value(n) AS n FROM svc_cadence_events GROUP BY eno) v ON v.eno = e.eno
