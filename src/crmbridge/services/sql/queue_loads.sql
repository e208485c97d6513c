-- What each person has to do, with the median of the due rows of the team (as twice that number, to stay whole).
WITH held AS (
  SELECT owner AS doer, count(*) FILTER (kind = 'deal') AS deals, count(*) FILTER (kind = 'lead') AS leads
  FROM svc_queue_records WHERE NOT is_untouchable GROUP BY owner
),
due AS (
  SELECT doer, count(*) FILTER (class = 2 AND due_day <= $today) AS due, count(*) FILTER (class = 2 AND due_day <= $today AND overdue > 0) AS overdue,
    count(*) FILTER (class = 0) AS waiting, count(*) FILTER (class = 1) AS first_responses
  FROM svc_queue GROUP BY doer
),
loads AS (
  SELECT coalesce(h.doer, d.doer) AS doer, coalesce(h.deals, 0) AS deals, coalesce(h.leads, 0) AS leads, coalesce(d.due, 0) AS due,
    coalesce(d.overdue, 0) AS overdue, coalesce(d.waiting, 0) AS waiting, coalesce(d.first_responses, 0) AS first_responses,
    u.name, u.org_unit_id AS team
  FROM held h FULL JOIN due d ON d.doer IS NOT DISTINCT FROM h.doer LEFT JOIN users u ON u.id = coalesce(h.doer, d.doer)
),
teams AS (
  SELECT team, list_sort(list(due)) AS sorted, count(*) AS n FROM loads WHERE doer IS NOT NULL GROUP BY team
)
SELECT l.doer, coalesce(l.name, l.doer) AS name, coalesce(o.name, l.team) AS team, l.deals, l.leads, l.due, l.overdue, l.waiting,
  l.first_responses, CASE WHEN l.doer IS NOT NULL THEN t.sorted[(t.n + 1) // 2] + t.sorted[t.n // 2 + 1] END AS twice_median
FROM loads l LEFT JOIN teams t ON t.team IS NOT DISTINCT FROM l.team LEFT JOIN org_units o ON o.id = l.team
WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, l.doer)
ORDER BY l.due DESC, l.overdue DESC, name NULLS LAST, l.doer NULLS LAST
