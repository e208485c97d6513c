-- Every quote that existed at $cut, of the owners asked for, with its deal as it stood and who answers for it; with
-- $only_live those that the customer may still take. One that names an owner whom nobody knows is not the deal's owner's.
SELECT q.id, coalesce(q.subject, q.id) AS subject, q.external_id, nullif(trim(q.number), '') AS number, nullif(trim(q.name), '') AS name,
  coalesce(q.account_id, d.account_id) AS account_id, coalesce(q.contact_id, d.contact_id) AS contact_id, q.deal_id,
  coalesce(nullif(trim(a.name), ''), a.external_id) AS account, c.full_name AS contact, d.name AS deal,
  coalesce(q.owner_id, CASE WHEN nullif(q.owner_ref, '') IS NULL THEN d.owner_id END) AS owner_id, coalesce(q.status, 'sent') AS status, q.status IS NULL AS is_status_unknown,
  q.amount_e4, q.amount_currency, q.list_total_e4, q.list_total_currency, q.discount, q.lines, q.vat_rate, q.valid_until,
  q.quote_version, nullif(trim(q.template), '') AS template, nullif(trim(q.template_version), '') AS template_version, q.approval,
  q.approved_by_id, q.trial_ends, s.class::VARCHAR AS deal_class, s.stage::VARCHAR AS stage, s.rank
FROM quotes q LEFT JOIN deals d ON d.id = q.deal_id LEFT JOIN svc_states s ON s.deal_no = d.no
LEFT JOIN accounts a ON a.id = coalesce(q.account_id, d.account_id)
LEFT JOIN contacts c ON c.id = coalesce(q.contact_id, d.contact_id)
WHERE coalesce(q.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (q.created_at IS NULL OR q.created_at <= $cut)
  AND ($owners IS NULL OR list_contains($owners, coalesce(q.owner_id, CASE WHEN nullif(q.owner_ref, '') IS NULL THEN d.owner_id END)))
  AND (NOT $only_live OR (coalesce(q.status, 'sent') IN ('draft', 'sent') AND coalesce(q.valid_until >= $today, true)
    AND coalesce(s.class = 'open', true)))
ORDER BY coalesce(q.subject, q.id), q.id
