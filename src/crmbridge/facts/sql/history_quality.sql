-- How much is known about when the changed records entered their stages: the vendor's own history (full), changes seen
-- between two syncs (observed), dates kept on the record (dates), or nothing but the present stage (current_only).
CREATE OR REPLACE TEMP TABLE quality AS
SELECT p.record_id,
       CASE WHEN bool_or(r.origin <> 'observed') THEN 'full'
            WHEN bool_or(r.origin = 'observed') THEN 'observed'
            WHEN any_value(e.is_dated) THEN 'dates'
            ELSE 'current_only' END AS history_quality
FROM present AS p
LEFT JOIN recorded_events AS r ON r.record_id = p.record_id
LEFT JOIN (
    SELECT v.record_id, bool_or(v.at IS NOT NULL) AS is_dated
    FROM stage_events AS v SEMI JOIN present AS p ON p.record_id = v.record_id
    GROUP BY v.record_id
) AS e ON e.record_id = p.record_id
GROUP BY p.record_id
