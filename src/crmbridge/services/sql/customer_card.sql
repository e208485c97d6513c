-- The account of the file, where it has one, beside the person, where it is one's.
SELECT a.id AS account_id, a.name, a.industry, a.region, a.city, a.segment, a.employees, a.website, a.phones, a.emails,
       a.need_tags, a.preferences, a.tier, a.lifecycle_state, coalesce(u.name, a.owner_ref) AS owner,
       coalesce(c.full_name, l.full_name) AS person, coalesce(c.title, l.title) AS title, coalesce(c.phones, l.phones) AS person_phones,
       coalesce(c.emails, l.emails) AS person_emails, c.preferred_channel, c.language, l.company_name,
       l.need AS lead_need, coalesce(a.id, c.id, l.id) AS id
FROM (SELECT $id AS id, $kind AS kind) r
LEFT JOIN contacts c ON r.kind = 'contact' AND c.id = r.id
LEFT JOIN leads l ON r.kind = 'lead' AND l.id = r.id
LEFT JOIN accounts a ON a.id = CASE r.kind WHEN 'account' THEN r.id WHEN 'contact' THEN c.account_id ELSE l.converted_account_id END
LEFT JOIN users u ON u.id = a.owner_id
