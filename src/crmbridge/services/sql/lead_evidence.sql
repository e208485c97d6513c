-- Whether anything tells that a lead became a deal: a flag, a time, a status, or a deal that names its lead.
SELECT EXISTS (FROM leads WHERE converted IS NOT NULL OR converted_at IS NOT NULL OR converted_deal_id IS NOT NULL
                 OR status IS NOT NULL)
    OR EXISTS (FROM deals WHERE lead_id IS NOT NULL)
