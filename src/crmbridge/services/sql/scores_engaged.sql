-- svc_engaged: what the events of each record come to: of a rule with a most, the newest; of a group, no more than its cap.
CREATE OR REPLACE TEMP TABLE svc_engaged AS
SELECT no, ({total})::BIGINT AS points FROM (SELECT no, {sums} FROM ({events}) GROUP BY no)
