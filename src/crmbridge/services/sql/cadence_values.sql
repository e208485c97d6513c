-- What templates may say of each company.
SELECT id, need_tags, preferences FROM accounts
WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND (need_tags IS NOT NULL OR preferences IS NOT NULL)
