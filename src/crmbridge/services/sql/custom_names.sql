-- The custom fields that any record has: for "did you mean".
SELECT DISTINCT unnest(json_keys(custom)) AS name FROM {table} WHERE custom IS NOT NULL ORDER BY name
