-- svc_answers: what went out to each lead and was no machine's, with its moment; also to the contact and the deal that it
-- became, from then on, and what the CRM itself calls the first response.
CREATE OR REPLACE TEMP TABLE svc_answers AS
WITH sent AS (
  SELECT lead_id, contact_id, deal_id, coalesce(started_at, ended_at, logged_at) AS moment,
    CASE WHEN started_at IS NOT NULL THEN started_at_precision WHEN ended_at IS NOT NULL THEN ended_at_precision
         ELSE logged_at_precision END AS precision
  FROM activities
  WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged') AND coalesce(counts_as_touch, true)
    AND NOT coalesce(automated, false) AND coalesce(state, 'done') = 'done' AND list_contains($types, type)
    AND (direction = 'out' OR ($undirected AND direction IS NULL))
),
became AS (
  SELECT id, unnest([converted_contact_id, converted_deal_id]) AS other_id, converted_at FROM leads WHERE converted_at IS NOT NULL
)
SELECT lead_id, moment, coalesce(precision, 'exact') = 'day' AS is_day FROM (
  SELECT lead_id, moment, precision FROM sent WHERE lead_id IS NOT NULL
  UNION ALL
  SELECT b.id, s.moment, s.precision FROM became b JOIN sent s ON s.contact_id = b.other_id OR s.deal_id = b.other_id
  WHERE s.moment >= b.converted_at
  UNION ALL
  SELECT id, first_response_at, first_response_at_precision FROM leads WHERE $field
) WHERE moment <= $cut
