-- The low scores since $low_from, one for each wave, with who owns the customer and who manages that person.
WITH first_asked AS (
  SELECT wave, arg_min(subject, (coalesce(asked_day, answered_day), id)) AS wave_subject FROM svc_surveys GROUP BY wave
)
SELECT f.wave_subject AS subject, s.id, s.source, s.type, s.score, s.comment, s.account_id, s.contact_id, s.deal_id, s.answered_day AS day,
  coalesce(s.owner_id, a.owner_id) AS owner_id, u.name AS owner, u.manager_id, coalesce(nullif(trim(a.name), ''), nullif(trim(c.full_name), ''), a.external_id) AS customer,
  EXISTS (FROM service_events e WHERE e.service = 'feedback' AND e.subject = 'score:' || f.wave_subject) AS is_told
FROM svc_surveys s JOIN first_asked f ON f.wave = s.wave
LEFT JOIN accounts a ON a.id = s.account_id LEFT JOIN contacts c ON c.id = s.contact_id
LEFT JOIN users u ON u.id = coalesce(s.owner_id, a.owner_id)
WHERE s.is_low AND s.answered_day >= $low_from AND coalesce(s.account_id, s.contact_id, s.deal_id) IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY s.wave ORDER BY s.type, s.id) = 1
ORDER BY s.answered_day, f.wave_subject
