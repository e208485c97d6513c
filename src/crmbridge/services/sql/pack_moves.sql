-- The deals that went on (`advanced`) or back (`regressed`) after $start up to $until: their ids in the order of their names, and the
-- names of the first.
WITH moved AS (
  SELECT DISTINCT deal_no, CASE WHEN move = 'regress' THEN 'regressed' ELSE 'advanced' END AS what
  FROM svc_way WHERE moment > $start AND moment <= $until AND NOT is_inferred AND move IN ('advance', 'skip', 'regress')
),
named AS (
  SELECT m.what, d.id, coalesce(nullif(trim(d.name), ''), d.external_id, d.id) AS label FROM moved m JOIN deals d ON d.no = m.deal_no
  WHERE $owners::VARCHAR[] IS NULL OR list_contains($owners, d.owner_id)
)
SELECT what, list(id ORDER BY label, id), list(label ORDER BY label, id)[:$named::BIGINT] FROM named GROUP BY what ORDER BY what
