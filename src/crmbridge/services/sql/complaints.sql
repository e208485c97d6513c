-- The complaints of the days since $asked_from, and who owns the customer of each (else the deal, else the ticket).
SELECT t.id, coalesce(t.subject, t.id) AS subject, coalesce(nullif(trim(t.name), ''), nullif(trim(t.number), ''), t.external_id) AS name,
  coalesce(nullif(trim(a.name), ''), a.external_id) AS customer, coalesce(a.owner_id, d.owner_id, t.owner_id) AS owner_id
FROM tickets t
LEFT JOIN contacts c ON c.id = t.contact_id
LEFT JOIN deals d ON d.id = t.deal_id
LEFT JOIN accounts a ON a.id = coalesce(t.account_id, c.account_id, d.account_id)
WHERE t.type = 'complaint' AND coalesce(t.status, '') <> 'cancelled' AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND svc_day(coalesce(t.opened_at, t.created_at), $zone) >= $asked_from AND coalesce(t.opened_at, t.created_at) <= $cut
  AND coalesce(a.owner_id, d.owner_id, t.owner_id) IS NOT NULL
ORDER BY coalesce(t.opened_at, t.created_at), subject, t.id
