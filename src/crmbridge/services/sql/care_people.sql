-- The contacts with what decides whether, when and by whom each is greeted; rows of one person_key are one person.
WITH refused AS (SELECT person_key, list(DISTINCT channel ORDER BY channel) AS channels FROM svc_cadence_refused GROUP BY person_key),
keys AS (SELECT person_key, list(DISTINCT key ORDER BY key) AS keys FROM person_keys GROUP BY person_key)
SELECT p.person_key, list_distinct(list_append(coalesce(k.keys, []), p.person_key)) AS keys, c.id, coalesce(c.subject, c.id) AS subject,
  nullif(trim(c.full_name), '') AS name, nullif(trim(c.birthday_md), '') AS birthday, c.birthday_calendar, c.account_id,
  coalesce(nullif(trim(a.name), ''), a.external_id) AS customer,
  coalesce(nullif(trim(c.language), ''), nullif(trim(a.locale), '')) AS locale,
  coalesce(nullif(trim(c.zone), ''), nullif(trim(a.zone), '')) AS zone,
  coalesce(c.owner_id, a.owner_id) AS owner_id, u.manager_id, coalesce(c.left_company, false) AS has_left,
  coalesce(r.channels, []) AS refused,
  CASE WHEN lower(trim(c.preferred_channel)) IN ('email', 'call', 'im', 'sms') THEN lower(trim(c.preferred_channel))
       WHEN lower(trim(c.preferred_channel)) IN ('phone', 'telephone', 'mobile') THEN 'call'
       WHEN lower(trim(c.preferred_channel)) IN ('wechat', 'wecom', 'qq', 'whatsapp') THEN 'im' END AS preferred,
  EXISTS (FROM svc_complaints t WHERE t.contact_id = c.id OR t.account_id = c.account_id) AS has_complaint
FROM contacts c JOIN persons p ON p.record_id = c.id
LEFT JOIN accounts a ON a.id = c.account_id AND coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged')
LEFT JOIN users u ON u.id = coalesce(c.owner_id, a.owner_id)
LEFT JOIN refused r ON r.person_key = p.person_key LEFT JOIN keys k ON k.person_key = p.person_key
WHERE coalesce(c.lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(c.created_at, $cut) <= $cut
  AND (NOT $born_only OR nullif(trim(c.birthday_md), '') IS NOT NULL)
ORDER BY p.person_key, subject, c.id
