-- Mails by template that went out in the period, and how many of them the person, or the record, answered in time: a mail
-- of theirs within $within days, and before the next mail to them. One row a template.
WITH mails AS (
  SELECT a.id, a.direction, a.template, coalesce(a.started_at, a.ended_at, a.logged_at) AS moment, coalesce(a.automated, false) AS is_automated,
         coalesce(a.contact_id, a.lead_id, a.deal_id, a.account_id) AS whom
  FROM activities a
  WHERE a.type = 'email' AND coalesce(a.state, 'done') = 'done' AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
),
seen AS (
  SELECT *, min(CASE WHEN direction = 'in' AND NOT is_automated THEN moment END) OVER later AS reply_at,
         min(CASE WHEN direction = 'out' THEN moment END) OVER later AS next_at
  FROM mails WHERE moment <= $cut AND whom IS NOT NULL
  WINDOW later AS (PARTITION BY whom ORDER BY moment, id ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
SELECT template, count(*) FILTER (reply_at <= moment + to_days($within) AND (next_at IS NULL OR reply_at <= next_at)) AS replied,
       count(*) AS sent, list(id ORDER BY id) AS ids
FROM seen
WHERE direction = 'out' AND nullif(trim(template), '') IS NOT NULL
  AND svc_day(moment, $zone) >= CAST($start AS DATE) AND svc_day(moment, $zone) < CAST($end AS DATE)
GROUP BY template ORDER BY template
