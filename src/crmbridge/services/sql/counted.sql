-- svc_counted: the deals a report is about. All of them; those created in the period (cohort); or those open at the cut
-- and those closed in the period (snapshot). A closing nobody dated lies in no period.
CREATE OR REPLACE TEMP TABLE svc_counted AS
SELECT s.*, coalesce(s.state = 'lost' AND list_contains($no_decision, s.reason), false) AS is_no_decision,
       coalesce(t.is_qualified, false) AND s.state = 'open' AND NOT s.is_on_hold AS is_in_play
FROM svc_states s
LEFT JOIN svc_stages t ON t.pipeline = s.pipeline AND t.key = s.stage
WHERE ($pipeline IS NULL OR s.pipeline = $pipeline)
  AND ($only_currency IS NULL OR s.amount_e4 IS NULL OR s.amount_currency = $only_currency)
  AND CASE $view
        WHEN 'all' THEN true
        WHEN 'cohort' THEN s.created_day >= CAST($start AS DATE) AND s.created_day < CAST($end AS DATE)
        ELSE NOT s.is_closed OR (s.closed_day >= CAST($start AS DATE) AND s.closed_day < CAST($end AS DATE))
      END
