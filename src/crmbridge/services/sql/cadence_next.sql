-- svc_cadence_next: how enrolments stand after the $r-th day on which something happened: a touch, or a task that was done,
-- completes the step, a deleted task passes over it, an answer sets the anchor and may pause. Occurrences whose day has come
-- collapse into one.
CREATE OR REPLACE TEMP TABLE svc_cadence_next AS
WITH here AS (
  SELECT s.*, v.day, v.touched_at, v.reset_at, v.replied, v.done_no, v.gone_no, e.calendar, p.anchor, p.pause_days, t.repeat, t.roll,
    coalesce(t.n, e.tier_n) AS n, coalesce(t.unit, e.tier_unit) AS unit, later.step IS NOT NULL AS has_next,
    NOT s.is_over AND (CASE WHEN t.any_channel THEN len(v.channels) > 0
        ELSE list_has_any(v.channels, [t.channel, t.other_channel, CASE WHEN t.preferred THEN w.preferred END]) END
      OR coalesce(v.done_no >= s.occurrence, false)) AS is_hit,
    NOT s.is_over AND coalesce(v.gone_no >= s.occurrence, false) AS is_passed,
    v.reset_at IS NOT NULL AND p.anchor <> 'fixed' AS is_moved
  FROM svc_cadence_now s
  JOIN svc_cadence_events v ON v.eno = s.eno AND v.r = $r
  JOIN svc_cadence_enrolled e ON e.eno = s.eno
  JOIN svc_cadence_records w ON w.no = e.record_no
  JOIN svc_cadence_policies p ON p.no = e.policy_no
  JOIN svc_cadence_steps t ON t.policy_no = e.policy_no AND t.step = s.step
  LEFT JOIN svc_cadence_steps later ON later.policy_no = e.policy_no AND later.step = s.step + 1
),
dated AS (
  SELECT h.*, is_hit OR is_passed AS is_done, coalesce(w.day, h.base + CASE WHEN unit = 'd' THEN k * n ELSE 0 END) AS reached, q.day AS paused,
    CASE WHEN n = 0 THEN k WHEN unit = 'bd' THEN (d.no - b.no) // n WHEN roll = 'forward' THEN (d.backward - h.base) // n
         WHEN roll = 'none' THEN (h.day - h.base) // n ELSE (d.before_next - h.base) // n END AS last_k
  FROM here h
  JOIN svc_cadence_days b ON b.calendar = h.calendar AND b.day = h.base
  JOIN svc_cadence_days d ON d.calendar = h.calendar AND d.day = h.day
  LEFT JOIN svc_cadence_workdays w ON w.calendar = h.calendar AND w.no = b.no + k * n AND h.unit = 'bd' AND k * n > 0
  LEFT JOIN svc_cadence_workdays q ON q.calendar = h.calendar AND q.no = d.no + h.pause_days AND h.replied AND NOT h.is_over
),
counted AS (SELECT *, (CASE WHEN repeat THEN greatest(1, last_k - k + 1) ELSE 1 END)::INTEGER AS taken FROM dated)
SELECT eno,
  CASE WHEN is_done AND NOT repeat AND has_next THEN step + 1 ELSE step END AS step,
  CASE WHEN is_done THEN greatest(occurrence + taken, coalesce(done_no, 0) + 1, coalesce(gone_no, 0) + 1) ELSE occurrence END AS occurrence,
  events,
  CASE WHEN is_over THEN k WHEN is_hit AND anchor = 'last_touch' OR is_moved OR is_done AND NOT repeat THEN 1
       WHEN is_done THEN k + taken ELSE k END AS k,
  CASE WHEN is_over THEN base WHEN is_hit AND anchor = 'last_touch' OR is_moved THEN day
       WHEN is_done AND NOT repeat THEN reached ELSE base END AS base,
  CASE WHEN touched_at IS NOT NULL OR reset_at IS NOT NULL OR is_hit THEN day ELSE last_day END AS last_day,
  CASE WHEN reset_at IS NOT NULL THEN coalesce(is_hit AND touched_at > reset_at, false)::INTEGER ELSE touches + is_hit::INTEGER END AS touches,
  greatest(paused_until, paused) AS paused_until,
  is_over OR is_done AND NOT repeat AND NOT has_next AS is_over
FROM counted
