-- How many deals count in no stage row because nobody knows how far they got, by pipeline; and how many lost deals do
-- count there.
SELECT pipeline, count(*) FILTER (furthest IS NULL AND class = 'open'), count(*) FILTER (furthest IS NULL AND class = 'lost'),
       count(*) FILTER (furthest IS NOT NULL AND class = 'lost')
FROM svc_counted WHERE class <> 'void' GROUP BY pipeline ORDER BY pipeline NULLS LAST
