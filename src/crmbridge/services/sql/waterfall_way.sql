-- The steps of the deals that are not calm, in order.
SELECT id, {key} AS key, since, begun, pipeline, class, is_unmapped FROM svc_waterfall WHERE NOT is_calm ORDER BY id, k
