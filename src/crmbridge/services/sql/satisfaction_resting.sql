-- Whom nobody asks today, since that person was asked lately, and from when on somebody may.
SELECT c.id, nullif(trim(c.full_name), '') AS who, nullif(trim(n.name), '') AS account, max(coalesce(a.asked_day, a.answered_day)) AS asked_on,
  max(coalesce(a.asked_day, a.answered_day)) + $ask_every_days::INTEGER AS again_on
FROM svc_surveys a JOIN contacts c ON c.id = a.contact_id LEFT JOIN accounts n ON n.id = c.account_id
WHERE coalesce(c.lifecycle, 'active') NOT IN ('deleted', 'merged')
GROUP BY ALL HAVING max(coalesce(a.asked_day, a.answered_day)) > $today - $ask_every_days::INTEGER
ORDER BY again_on, who NULLS LAST, c.id
