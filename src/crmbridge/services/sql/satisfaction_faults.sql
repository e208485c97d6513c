-- The scores that are rejected, and why.
SELECT a.id, a.fault, a.type, a.score, a.scale, a.survey, coalesce(c.full_name, nullif(trim(n.name), '')) AS who
FROM svc_surveys a LEFT JOIN contacts c ON c.id = a.contact_id LEFT JOIN accounts n ON n.id = a.account_id
WHERE a.fault IS NOT NULL ORDER BY a.fault, a.id, a.type
