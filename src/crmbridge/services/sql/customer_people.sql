-- The contacts and leads whose doings stand in the file: of an account all its people, of a person all its records in
-- every system. A person whose key nobody knows is the one record.
WITH asked AS (
  SELECT id FROM contacts WHERE $kind = 'account' AND account_id = $id AND coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
  UNION SELECT id FROM leads WHERE $kind = 'account' AND converted_account_id = $id
  UNION SELECT $id WHERE $kind <> 'account'
)
SELECT id FROM asked
UNION
SELECT o.record_id FROM persons p JOIN persons o ON o.person_key = p.person_key WHERE p.record_id IN (SELECT id FROM asked)
ORDER BY 1
