-- Open age a stage: the present visits, and how many are over the stage's SLA (a deal on hold is not stalled).
SELECT pipeline, stage, count(*) AS deals, svc_stats(visit_us) AS age, count(*) FILTER (is_on_hold) AS on_hold,
       count(*) FILTER (NOT is_on_hold AND sla_age_us > sla_days * 86400000000) AS stalled
FROM svc_ages GROUP BY pipeline, stage
