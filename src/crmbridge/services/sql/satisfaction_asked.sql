-- How many waves were asked in the window, and how many of them answered, by the slices that are asked for.
SELECT keys, count(*) AS asked, count(*) FILTER (is_answered) AS answered FROM (
  SELECT wave, min({keys}) AS keys, bool_or(is_counted) AS is_answered
  FROM (SELECT *, asked_day AS slice_day FROM svc_surveys WHERE asked_day IS NOT NULL) a {joins}
  WHERE asked_day >= $start AND asked_day < $end AND {chosen}
  GROUP BY wave
) GROUP BY keys ORDER BY keys
