-- The names of users that somebody may have meant.
SELECT DISTINCT trim(name) FROM users WHERE name IS NOT NULL ORDER BY 1
