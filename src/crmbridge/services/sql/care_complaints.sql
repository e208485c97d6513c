-- svc_complaints: the complaints that are open at $cut, with the company and the person that made them.
CREATE OR REPLACE TEMP TABLE svc_complaints AS
SELECT t.id, coalesce(t.account_id, c.account_id, d.account_id) AS account_id, t.contact_id
FROM tickets t LEFT JOIN contacts c ON c.id = t.contact_id LEFT JOIN deals d ON d.id = t.deal_id
WHERE t.type = 'complaint' AND coalesce(t.lifecycle, 'active') NOT IN ('deleted', 'merged')
  AND coalesce(t.opened_at, t.created_at, $cut) <= $cut
  AND CASE WHEN t.resolved_at IS NOT NULL THEN t.resolved_at > $cut
           WHEN t.status IS NOT NULL THEN t.status NOT IN ('resolved', 'closed', 'cancelled')
           ELSE coalesce(lower(trim(t.status_raw)), 'open') NOT IN ('resolved', 'closed', 'cancelled', 'canceled', 'solved', 'done',
             '已解决', '已关闭', '已取消', '已完成', '关闭', '完成') END
