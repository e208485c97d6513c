-- svc_cadence_events: the days on which something happened to an enrolment, in order, and what it was.
CREATE OR REPLACE TEMP TABLE svc_cadence_events AS
WITH days AS (
  SELECT eno, day, list_sort(list(DISTINCT channel) FILTER (counts)) AS channels, max(moment) FILTER (counts) AS touched_at,
    max(moment) FILTER (resets) AS reset_at, bool_or(replies) AS replied, NULL::INTEGER AS done_no, NULL::INTEGER AS gone_no
  FROM svc_cadence_heard WHERE is_after AND (counts OR resets OR replies) GROUP BY eno, day
  UNION ALL
  SELECT eno, day, NULL, NULL, NULL, false, max(occurrence) FILTER (how = 'done'), max(occurrence) FILTER (how = 'gone')
  FROM svc_cadence_settled GROUP BY eno, day
),
merged AS (
  SELECT eno, day, coalesce(any_value(channels), []) AS channels, max(touched_at) AS touched_at, max(reset_at) AS reset_at,
    bool_or(replied) AS replied, max(done_no) AS done_no, max(gone_no) AS gone_no
  FROM days GROUP BY eno, day
)
SELECT *, row_number() OVER (PARTITION BY eno ORDER BY day) AS r, count(*) OVER (PARTITION BY eno) AS n FROM merged ORDER BY r, eno
