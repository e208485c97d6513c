-- The contracts that end from $first up to $last.
SELECT c.*, coalesce(u.name, u.email) AS owner FROM svc_contracts c LEFT JOIN users u ON u.id = c.owner_id
WHERE end_date BETWEEN $first AND $last AND ($owners IS NULL OR list_contains($owners, c.owner_id)) ORDER BY end_date, subject, c.id
