-- The people of the file: name, title and how each is reached, one row a record, by name.
SELECT r.id, r.subject, r.kind, r.name, r.title, r.emails, r.phones, p.person_key
FROM (
  SELECT id, subject, 'contact' AS kind, full_name AS name, title, emails, phones FROM contacts
  UNION ALL SELECT id, subject, 'lead', coalesce(full_name, company_name), title, emails, phones FROM leads
) r
LEFT JOIN persons p ON p.record_id = r.id
WHERE r.id IN (SELECT unnest($people))
ORDER BY r.name, r.id
