-- Who owns each of these accounts, contacts and leads.
SELECT r.id, coalesce(r.owner_id, r.owner_ref) AS owner, u.name
FROM (
  SELECT id, owner_id, nullif(owner_ref, '') AS owner_ref FROM accounts
  UNION ALL SELECT id, owner_id, nullif(owner_ref, '') FROM contacts
  UNION ALL SELECT id, owner_id, nullif(owner_ref, '') FROM leads
) r LEFT JOIN users u ON u.id = r.owner_id
WHERE r.id IN (SELECT unnest($ids::VARCHAR[])) AND coalesce(r.owner_id, r.owner_ref) IS NOT NULL
ORDER BY r.id
