-- How many moves of each kind the counted deals made up to the cut.
SELECT m.move, count(*) FROM svc_way m JOIN svc_counted c ON c.deal_no = m.deal_no GROUP BY m.move ORDER BY m.move
