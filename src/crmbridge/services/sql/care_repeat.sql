-- The customers that bought in [$start, $end), and whether each had bought on an earlier day than its last in it.
SELECT p.account_id, min(p.day) < max(p.day) AS has_before FROM svc_purchases p LEFT JOIN accounts a ON a.id = p.account_id
WHERE p.account_id IS NOT NULL AND p.day < $end AND ($owners IS NULL OR list_contains($owners, a.owner_id))
GROUP BY p.account_id HAVING max(p.day) >= $start ORDER BY p.account_id
