-- How many waves were asked in the window, and how many of them answered, by the slices that are asked for; the ids are
-- those of the first question of each wave.
SELECT keys, min(labels) AS labels, count(*) AS asked, count(*) FILTER (is_answered) AS answered, list(first_id ORDER BY first_id) AS asked_ids,
  list(first_id ORDER BY first_id) FILTER (is_answered) AS answered_ids
FROM (
  SELECT wave, min({keys}) AS keys, min({labels}) AS labels, bool_or(is_counted) AS is_answered, arg_min(a.id, (asked_day, a.id)) AS first_id
  FROM (SELECT *, asked_day AS slice_day FROM svc_surveys WHERE asked_day IS NOT NULL) a {joins}
  WHERE asked_day >= $start AND asked_day < $end AND {chosen}
  GROUP BY wave
) GROUP BY keys ORDER BY keys
