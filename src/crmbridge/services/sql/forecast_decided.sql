-- What was won and lost in the training window, by money, and how many lost deals are in no history.
SELECT svc_amount(amount_e4, state = 'won') AS won, svc_amount(amount_e4, state = 'lost') AS lost,
       count(*) FILTER (state = 'lost' AND furthest IS NULL) AS lost_nowhere
FROM svc_states
WHERE closed_day >= $from AND closed_day <= $today
  AND ($pipeline IS NULL OR pipeline = $pipeline)
  AND ($only_currency IS NULL OR amount_e4 IS NULL OR amount_currency = $only_currency)
