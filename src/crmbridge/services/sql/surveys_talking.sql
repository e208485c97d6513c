-- svc_talking: the activities that may talk of a score, by one pattern for all kinds, which is compiled once (those of a kind
-- are for every row): of these alone surveys.sql reads all columns.
CREATE OR REPLACE TEMP TABLE svc_talking AS
SELECT rowid AS row_no FROM activities
WHERE type IN ('call', 'meeting', 'visit', 'im') AND regexp_matches(concat_ws(' ', customer_feedback, outcome, content), $spoken_any)
