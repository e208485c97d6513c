-- svc_cadence_with: with which person and company it was what is logged with a contact, a lead or a deal.
CREATE OR REPLACE TEMP TABLE svc_cadence_with AS
SELECT 'contact' AS kind, c.id, c.account_id, p.person_key FROM contacts c LEFT JOIN persons p ON p.record_id = c.id
UNION ALL
SELECT 'lead', record_id, NULL, person_key FROM persons WHERE kind = 'lead'
UNION ALL
SELECT 'deal', d.id, d.account_id, coalesce(p.person_key, 'deal:' || d.subject) FROM deals d LEFT JOIN persons p ON p.record_id = d.contact_id
