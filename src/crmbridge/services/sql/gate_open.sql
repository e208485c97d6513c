-- How many open deals there are in the pipelines and of the owners asked for.
SELECT count(*) FROM svc_states s JOIN deals d ON d.no = s.deal_no
WHERE s.state = 'open' AND list_contains($chosen, s.pipeline::VARCHAR)
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, coalesce(d.owner_id, nullif(d.owner_ref, ''))))
