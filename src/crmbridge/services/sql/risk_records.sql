-- The ids of the open deals by signal and state (yes, no, unavailable), and by band.
SELECT what, list(id ORDER BY id) AS ids FROM (
  {signals}
  UNION ALL
  SELECT 'band ' || coalesce(band, 'unknown'), id FROM svc_risk
  WHERE ($owners IS NULL OR list_contains($owners, owner_id))
) GROUP BY what ORDER BY what
