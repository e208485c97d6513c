-- Of the closed deals: at which level each stood when it was last looked at before it closed, and how many were lost.
WITH looked AS (
  SELECT s.deal_no, s.state, arg_max(CAST(e.body ->> 'level' AS INTEGER), e."at") AS level
  FROM svc_states s JOIN deals d ON d.no = s.deal_no
  JOIN service_events e ON e.service = 'risk_level' AND e.subject = d.id AND e."at" <= s.closed_at
  WHERE s.state IN ('won', 'lost') GROUP BY s.deal_no, s.state
)
SELECT level, count(*) AS n, count(*) FILTER (state = 'lost') AS lost FROM looked GROUP BY level ORDER BY level
