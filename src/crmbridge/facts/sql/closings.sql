-- The present stage of each changed record and, where it is a closing one, since when: what `stage_events.sql` starts
-- from. Lists whose stage decides nothing by itself (leads have no category of their own) ask the stages.
CREATE OR REPLACE TEMP TABLE present AS
SELECT d.id AS record_id, 'deal' AS kind, d.pipeline, d.stage, d.stage_raw AS vendor_label, d.stage_dates,
       CASE WHEN d.category IN ('won', 'lost', 'void', 'post_sale') THEN d.closed_at END AS closed_at,
       d.closed_at_precision AS closed_precision
FROM deals AS d SEMI JOIN changed AS c ON c.id = d.id
UNION ALL
SELECT l.id, 'lead', l.pipeline, l.stage, NULL, l.stage_dates,
       CASE WHEN s.category IN ('won', 'post_sale') THEN l.converted_at END,
       l.converted_at_precision
FROM leads AS l SEMI JOIN changed AS c ON c.id = l.id
LEFT JOIN stages AS s ON s.pipeline = l.pipeline AND s.key = l.stage
