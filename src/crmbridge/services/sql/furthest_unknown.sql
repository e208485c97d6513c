-- By pipeline: the deals that count in no stage row because nobody knows how far they got (open, lost), the lost deals
-- that do count there, all that count or not, and those with a history that tells of more than where they stand.
SELECT pipeline,
  count(*) FILTER (furthest IS NULL AND class = 'open') AS open,
  count(*) FILTER (furthest IS NULL AND class = 'lost') AS lost,
  count(*) FILTER (furthest IS NOT NULL AND class = 'lost') AS lost_known,
  count(*) AS deals,
  count(*) FILTER (has_left OR history_quality IN ('full', 'observed')) AS told
FROM svc_counted WHERE class <> 'void' GROUP BY pipeline ORDER BY pipeline NULLS LAST
