-- svc_cadence_meetings: the last meeting that is planned, by deal, person and company.
CREATE OR REPLACE TEMP TABLE svc_cadence_meetings AS
WITH planned AS (
  SELECT deal_id, account_id, svc_day(coalesce(moment, planned_at), $zone) AS day,
    list_distinct(list_filter([contact_key, lead_key], lambda one: one IS NOT NULL)) AS people
  FROM svc_cadence_told WHERE type IN ('meeting', 'visit') AND state = 'planned' AND coalesce(moment, planned_at) IS NOT NULL
)
SELECT about, key, max(day) AS day FROM (
  SELECT 'deal' AS about, deal_id AS key, day FROM planned WHERE deal_id IS NOT NULL
  UNION ALL SELECT 'person', unnest(people), day FROM planned WHERE deal_id IS NULL
  UNION ALL SELECT 'account', account_id, day FROM planned WHERE account_id IS NOT NULL
) GROUP BY ALL
