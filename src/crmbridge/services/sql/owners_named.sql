-- The ids of users by name, address, id or the vendor's id, whatever the case of the letters.
SELECT DISTINCT id FROM users
WHERE $named IN (lower(trim(name)), lower(trim(email)), lower(id), lower(external_id)) ORDER BY id
