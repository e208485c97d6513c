-- How many deals could not be put into or kept out of the period, because nobody knows when they closed (snapshot) or
-- were created (cohort), and how many were left out for their currency.
SELECT count(*) FILTER (CASE $view WHEN 'all' THEN false
                                   WHEN 'cohort' THEN created_day IS NULL
                                   ELSE is_closed AND closed_day IS NULL END),
       count(*) FILTER (amount_e4 IS NOT NULL AND amount_currency <> $only_currency)
FROM svc_states WHERE $pipeline IS NULL OR pipeline = $pipeline
