-- svc_leads: the leads that existed at $cut, when they were created and whether they had become a deal by then.
CREATE OR REPLACE TEMP TABLE svc_leads AS
SELECT l.no AS lead_no, l.id, svc_day(l.created_at, $zone) AS created_day,
  (l.converted_at IS NOT NULL AND l.converted_at <= $cut)
    OR (l.converted_at IS NULL AND (coalesce(l.converted, false) OR coalesce(l.status = 'converted', false)))
    OR (l.converted_at IS NULL AND l.converted_deal_id IS NOT NULL)
    OR EXISTS (FROM deals d JOIN svc_states s ON s.deal_no = d.no WHERE d.lead_id = l.id) AS is_converted
FROM leads l
WHERE coalesce(l.lifecycle, 'active') NOT IN ('deleted', 'merged') AND (l.created_at IS NULL OR l.created_at <= $cut)
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, l.owner_id))
