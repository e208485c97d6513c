-- svc_cadence_touches: what was done up to $cut, once for the deal, once for each person and once for the company.
CREATE OR REPLACE TEMP TABLE svc_cadence_touches AS
WITH done AS (
  SELECT subject, word, split_part(word, '.', 1) AS channel, day, moment, next_step_due, deal_id, account_id,
    list_distinct(list_filter([contact_key, lead_key, deal_key], lambda one: one IS NOT NULL)) AS people,
    word IN ('email.sent', 'call.attempted', 'call.connected', 'meeting.held', 'im.sent', 'sms.sent') AS is_out, is_automated
  FROM svc_cadence_told WHERE word IS NOT NULL AND state = 'done' AND moment <= $cut
)
SELECT 'deal' AS about, deal_id AS key, false AS has_deal, * EXCLUDE (deal_id, account_id, people) FROM done WHERE deal_id IS NOT NULL
UNION ALL
SELECT 'person', unnest(people), deal_id IS NOT NULL, * EXCLUDE (deal_id, account_id, people) FROM done
UNION ALL
SELECT 'account', account_id, false, * EXCLUDE (deal_id, account_id, people) FROM done WHERE account_id IS NOT NULL
