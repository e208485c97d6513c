-- Open age a stage: the present visits, and how many are over the stage's SLA (a deal on hold is not stalled).
SELECT a.pipeline, a.stage, count(*) AS deals, svc_stats(a.visit_us) AS age, count(*) FILTER (a.is_on_hold) AS on_hold,
       count(*) FILTER (NOT a.is_on_hold AND a.sla_age_us > a.sla_days * 86400000000) AS stalled
FROM svc_ages a SEMI JOIN svc_counted c ON c.deal_no = a.deal_no GROUP BY a.pipeline, a.stage
