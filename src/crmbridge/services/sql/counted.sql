-- svc_counted: the deals a report is about. All of them; those created in the period (cohort); or those open at the cut
-- and those closed in the period (snapshot). A closing nobody dated lies in no period.
-- A view takes no parameters: what was asked for stands in variables of the cursor.
CREATE OR REPLACE TEMP VIEW svc_counted AS
SELECT s.*,
  coalesce(s.state = 'lost' AND list_contains(getvariable('svc_no_decision'), s.reason), false) AS is_no_decision,
  s.state = 'open' AND NOT s.is_on_hold
    AND coalesce(s.rank >= getvariable('svc_qualified')[s.pipeline::VARCHAR], false) AS is_in_play
FROM svc_states s
WHERE (getvariable('svc_pipeline') IS NULL OR s.pipeline = getvariable('svc_pipeline'))
  AND (getvariable('svc_currency') IS NULL OR s.amount_e4 IS NULL OR s.amount_currency = getvariable('svc_currency'))
  {owners}
  AND CASE getvariable('svc_view')
        WHEN 'all' THEN true
        WHEN 'cohort' THEN s.created_day >= getvariable('svc_start') AND s.created_day < getvariable('svc_end')
        ELSE NOT s.is_closed OR (s.closed_day >= getvariable('svc_start') AND s.closed_day < getvariable('svc_end'))
      END
