-- svc_cadence_alive: every open enrolment as it stands at $cut, and when its next step is due before caps. Of a person's
-- sales enrolments the first by rank is active, the others wait for it. `not_before`: a pause, a hold, or the wait ends.
CREATE OR REPLACE TEMP TABLE svc_cadence_alive AS
WITH unsettled AS (
  SELECT e.eno, e.asked FROM svc_cadence_enrolled e ANTI JOIN svc_cadence_settled s ON s.eno = e.eno AND s.occurrence = e.asked
  WHERE e.asked IS NOT NULL
),
agreed AS (
  SELECT eno, arg_max(next_step_due, moment) AS day FROM svc_cadence_heard WHERE next_step_due IS NOT NULL GROUP BY eno
),
meetings AS (
  SELECT no, max(day) AS day FROM (
    SELECT r.no, m.day FROM svc_cadence_meetings m JOIN svc_cadence_records r ON m.key = r.id WHERE m.about = 'deal' AND r.kind = 'deal'
    UNION ALL
    SELECT r.no, m.day FROM svc_cadence_meetings m JOIN svc_cadence_records r ON m.key = r.person_key WHERE m.about = 'person'
    UNION ALL
    SELECT r.no, m.day FROM svc_cadence_meetings m JOIN svc_cadence_records r ON m.key = r.id WHERE m.about = 'account' AND r.kind = 'account'
  ) GROUP BY no
),
how AS (  -- by what it is done: otherwise, where nobody answers, or as the person prefers
  SELECT n.eno, CASE WHEN n.touches >= t.other_after THEN t.other_channel WHEN t.preferred THEN coalesce(r.preferred, t.channel) ELSE t.channel END AS channel,
    CASE WHEN n.touches >= t.other_after THEN coalesce(t.other_template, t.template) ELSE t.template END AS template
  FROM svc_cadence_replayed n
  JOIN svc_cadence_enrolled e ON e.eno = n.eno
  JOIN svc_cadence_records r ON r.no = e.record_no
  JOIN svc_cadence_steps t ON t.policy_no = e.policy_no AND t.step = n.step
),
whole AS (
  SELECT n.eno, n.step, greatest(n.occurrence, o.asked) AS occurrence, n.k, n.base, n.touches, n.last_day, n.paused_until,
    CASE WHEN wrote.eno IS NOT NULL AND list_contains(p.exits, 'reply') THEN 'replied' WHEN n.is_over THEN 'finished' WHEN n.touches >= p.max_touches THEN 'exhausted' END AS over_why,
    e.* EXCLUDE (eno, settled), p.policy, p.class, p.anchor, p.on_hold, p.meeting_days, h.channel, h.template, t.roll, t.auto, t.repeat,
    coalesce(t.n, e.tier_n) AS n, coalesce(t.unit, e.tier_unit) AS unit,
    r.kind, r.id, r.subject, r.owner_id, r.account_id, r.about_id, r.person_key, r.customer, r.zone, r.manager_id,
    r.rank, r.tier, r.is_told, r.hold_until, r.next_step_due, agreed.day AS agreed_day, meet.day AS meeting_day,
    i.no AS tier_no, pin.policy IS NOT NULL AS is_pinned, off.channel IS NOT NULL AS is_refused
  FROM svc_cadence_replayed n
  JOIN svc_cadence_enrolled e ON e.eno = n.eno
  JOIN svc_cadence_records r ON r.no = e.record_no
  JOIN svc_cadence_policies p ON p.no = e.policy_no
  JOIN svc_cadence_steps t ON t.policy_no = e.policy_no AND t.step = n.step
  JOIN how h ON h.eno = n.eno
  LEFT JOIN unsettled o ON o.eno = n.eno
  LEFT JOIN (SELECT DISTINCT eno FROM svc_cadence_events WHERE replied) wrote ON wrote.eno = n.eno
  LEFT JOIN agreed ON agreed.eno = n.eno
  LEFT JOIN svc_cadence_tiers i ON i.tier = r.tier
  LEFT JOIN svc_cadence_pins pin ON pin.record = r.subject AND pin.policy = p.policy
  LEFT JOIN (SELECT person_key, channel FROM svc_cadence_refused WHERE channel <> '*'
             UNION SELECT person_key, unnest(['email', 'call', 'meeting', 'im', 'sms']) FROM svc_cadence_refused WHERE channel = '*') off
    ON off.person_key = r.person_key AND off.channel = h.channel
  LEFT JOIN meetings meet ON meet.no = r.no
),
ranked AS (
  SELECT *, CASE WHEN class = 'sales' AND over_why IS NULL THEN row_number() OVER (
    PARTITION BY person_key, class = 'sales' AND over_why IS NULL
    ORDER BY is_pinned DESC, list_position(['deal', 'contact', 'lead', 'account'], kind), rank DESC NULLS LAST, tier_no NULLS LAST,
      n * CASE unit WHEN 'bd' THEN 7 ELSE 5 END, policy, subject) END AS place
  FROM whole
),
waited AS (
  SELECT r.* EXCLUDE (since), coalesce(place, 1) > 1 AS is_suspended,
    CASE WHEN was_state = 'suspended' AND coalesce(place, 1) = 1 THEN $today ELSE since END AS since,
    greatest(paused_until, CASE WHEN on_hold THEN hold_until END, m.day) AS pause_end, m.day AS meeting_over
  FROM ranked r
  LEFT JOIN svc_cadence_days d ON d.calendar = r.calendar AND d.day = r.meeting_day AND r.meeting_days IS NOT NULL
  LEFT JOIN svc_cadence_workdays m ON m.calendar = r.calendar AND m.no = d.no + r.meeting_days
),
dated AS (
  SELECT w.*, greatest(start_day, pause_end, since) AS not_before, b.no AS base_no, d.no AS today_no, y.no AS yesterday_no, y.backward AS yesterday_backward,
    y.before_next AS yesterday_before_next,
    CASE WHEN unit = 'bd' AND k * n > 0 THEN q.day WHEN roll = 'forward' THEN x.forward WHEN roll = 'backward' THEN x.backward ELSE x.day END AS planned_day
  FROM waited w
  LEFT JOIN svc_cadence_days b ON b.calendar = w.calendar AND b.day = w.base
  LEFT JOIN svc_cadence_days d ON d.calendar = w.calendar AND d.day = $today
  LEFT JOIN svc_cadence_days y ON y.calendar = w.calendar AND y.day = $today - 1
  LEFT JOIN svc_cadence_days x ON x.calendar = w.calendar AND x.day = w.base + CASE WHEN w.unit = 'd' THEN w.k * w.n ELSE 0 END
  LEFT JOIN svc_cadence_workdays q ON q.calendar = w.calendar AND q.no = b.no + w.k * w.n AND w.unit = 'bd' AND w.k * w.n > 0
),
stepped AS (  -- what was agreed with the customer counts where it comes earlier
  SELECT *, list_min(list_filter([next_step_due, agreed_day], lambda day: day > coalesce(last_day, start_day - 1) AND day < planned_day)) AS next_step
  FROM dated
),
moved AS (SELECT *, coalesce(next_step, planned_day) AS wanted_day FROM stepped)
SELECT m.* EXCLUDE (next_step_due, agreed_day, meeting_day, was_body, place), was_body,
  CASE WHEN over_why IS NOT NULL THEN 'exited' WHEN is_suspended THEN 'suspended' WHEN pause_end > $today THEN 'paused' ELSE 'active' END AS state,
  CASE WHEN over_why IS NOT NULL THEN over_why WHEN is_suspended THEN 'other_policy' WHEN pause_end > $today THEN
    CASE WHEN pause_end = paused_until THEN 'reply' WHEN pause_end = meeting_over THEN 'meeting' ELSE 'hold' END END AS why,
  CASE WHEN coalesce(not_before > wanted_day, false) THEN coalesce(nb.forward, not_before)
       WHEN next_step IS NULL OR roll = 'none' THEN wanted_day ELSE coalesce(ns.forward, wanted_day) END AS due_day,
  list_filter([CASE WHEN next_step IS NOT NULL THEN 'NEXT_STEP' WHEN k = 0 AND last_day IS NULL AND is_told THEN 'NEVER_TOUCHED' WHEN k = 0 AND last_day IS NULL THEN 'NOT_TOLD'
                    WHEN anchor = 'last_touch' THEN 'LAST_TOUCH' ELSE upper(anchor) END,
               CASE WHEN not_before > wanted_day AND not_before = pause_end THEN 'PAUSED' WHEN not_before > wanted_day AND not_before = since THEN 'RESUMED'
                    WHEN not_before > wanted_day THEN 'BEGAN' END], lambda one: one IS NOT NULL) AS reasons,
  svc_cadence_key(policy, kind, m.subject, seq, occurrence) AS key
FROM moved m
LEFT JOIN svc_cadence_days nb ON nb.calendar = m.calendar AND nb.day = m.not_before AND m.not_before > m.wanted_day
LEFT JOIN svc_cadence_days ns ON ns.calendar = m.calendar AND ns.day = m.next_step AND m.next_step IS NOT NULL
