-- The records asked for, those with the highest score first; who has none comes last. Equal scores: those that were
-- created first, then by the canonical id, which is the same in every ledger.
WITH chosen AS (
  SELECT s.*, u.name AS user_name FROM svc_scores s LEFT JOIN users u ON u.id = s.owner_id
  WHERE ($kind IS NULL OR s.kind = $kind) AND ($tier IS NULL OR s.tier = $tier)
    AND ($owners IS NULL OR list_contains($owners, s.owner_id))
  ORDER BY s.score DESC NULLS LAST, s.created_at NULLS LAST, s.subject, s.id
  LIMIT coalesce($most, 9223372036854775807)
)
SELECT c.*, coalesce(nullif(trim(l.full_name), ''), nullif(trim(l.company_name), ''), nullif(trim(d.name), ''),
  nullif(trim(k.full_name), ''), l.external_id, d.external_id, k.external_id, c.id) AS name,
  coalesce(c.user_name, nullif(c.owner_ref, ''), c.owner_id) AS owner
FROM chosen c
LEFT JOIN leads l ON c.kind = 'lead' AND l.id = c.id
LEFT JOIN deals d ON c.kind = 'deal' AND d.id = c.id
LEFT JOIN contacts k ON c.kind = 'contact' AND k.id = c.id
ORDER BY c.score DESC NULLS LAST, c.created_at NULLS LAST, c.subject, c.id
