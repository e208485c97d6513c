-- Whether the customer had a part in an activity: what came from it, meetings, visits, and calls that reached somebody.
CREATE OR REPLACE TEMP MACRO svc_two_way(direction, type, outcome, missed) AS coalesce(
  direction = 'in' AND type IN ('email', 'im', 'sms', 'call', 'form') OR type IN ('meeting', 'visit')
  OR type = 'call' AND outcome IS NOT NULL AND len(list_filter(missed, lambda part: contains(lower(outcome), part))) = 0, false)
