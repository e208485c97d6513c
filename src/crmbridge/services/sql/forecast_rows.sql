-- One row for each slice, place in the forecast, stage and chance that the record gives: how many deals, and their money.
SELECT {key} AS key, min({label}) AS label, place, f.pipeline, f.stage, f.probability, count(*) AS deals,
       count(f.amount_e4) AS n, coalesce(sum(f.amount_e4), 0)::HUGEINT AS e4
FROM svc_forecast f {slices}
GROUP BY key, place, f.pipeline, f.stage, f.probability
ORDER BY ALL
