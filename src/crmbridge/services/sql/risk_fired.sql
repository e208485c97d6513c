-- The open deals that are bad enough for an item of the register, and those that have an open one.
SELECT * FROM svc_risk
WHERE coalesce(list_contains($bands, band), false) OR (band IS NULL AND probability >= $likely) OR list_contains($records, id)
ORDER BY id
