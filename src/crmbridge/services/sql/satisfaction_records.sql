-- The answers behind each figure in the window.
SELECT CASE type WHEN 'csat' THEN CASE WHEN is_satisfied THEN 'satisfied' ELSE 'not_satisfied' END
                 WHEN 'nps' THEN CASE WHEN score >= 9 THEN 'promoters' WHEN score <= 6 THEN 'detractors' ELSE 'passives' END
                 ELSE 'ces' END AS figure, list(id ORDER BY id)
FROM svc_surveys a WHERE is_counted AND answered_day >= $start AND answered_day < $end AND {chosen}
GROUP BY figure ORDER BY figure
