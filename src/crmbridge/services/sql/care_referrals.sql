-- The deals that began in [$start, $end), and whether each came by a recommendation: by its channel or source, or where
-- it has neither by those of the lead that it came from.
WITH told AS (
  SELECT d.id, s.state, s.amount_e4 AS e4, coalesce(s.amount_currency, $currency) AS currency,
    list_filter([d.channel, d.source], lambda one: trim(one) <> '') AS own, list_filter([l.channel, l.source], lambda one: trim(one) <> '') AS of_lead
  FROM svc_states s JOIN deals d ON d.no = s.deal_no LEFT JOIN leads l ON l.id = d.lead_id
  WHERE s.class <> 'void' AND ($owners IS NULL OR list_contains($owners, d.owner_id)) AND coalesce(s.created_day, svc_day(d.first_seen_at, $zone)) >= $start
    AND coalesce(s.created_day, svc_day(d.first_seen_at, $zone)) < $end
),
named AS (SELECT * EXCLUDE (own, of_lead), CASE WHEN len(own) > 0 THEN own ELSE of_lead END AS names FROM told)
SELECT id, state, e4, currency, len(names) > 0 AS is_told,
  len(list_filter(names, lambda one: list_contains($referral_channels, lower(trim(one))))) > 0 AS is_referral
FROM named ORDER BY id
