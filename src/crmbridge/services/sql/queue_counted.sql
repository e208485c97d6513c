-- How many rows there are of each class, and what is not known of them.
SELECT count(*) FILTER (class = 0) AS waiting, count(*) FILTER (class = 1) AS first_response, count(*) FILTER (class = 2) AS follow_up,
  count(*) FILTER (kind IN ('deal', 'lead') AND amount_e4 IS NOT NULL AND currency <> $only_currency) AS other_currency,
  count(*) FILTER (kind = 'deal' AND amount_e4 IS NULL AND is_open) AS no_amount,
  count(*) FILTER (kind = 'deal' AND amount_e4 IS NOT NULL AND chance_e6 IS NULL) AS no_chance,
  count(*) FILTER (doer IS NULL) AS no_owner
FROM svc_queue WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, doer)
