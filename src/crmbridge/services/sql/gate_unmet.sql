-- svc_unmet: each criterion of a stage that a deal has passed which its record does not meet now.
CREATE OR REPLACE TEMP TABLE svc_unmet AS
SELECT deal_no, CAST(rank AS INTEGER) AS rank, stage, criterion FROM ({unmet}) AS unmet (deal_no, rank, stage, criterion)
