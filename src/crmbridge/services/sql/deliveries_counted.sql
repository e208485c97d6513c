-- The deliveries by slice: how many stand how, and by how many days the late ones were late. What was delivered counts where
-- it came in the period, what is still to come, or came nobody knows when, anyhow.
SELECT {keys} AS keys, any_value({labels} ORDER BY v.id) AS labels, count(*) FILTER (v.state = 'on_time') AS on_time,
  count(*) FILTER (v.state = 'late') AS late, count(*) FILTER (v.state = 'unknown') AS unknown, count(*) FILTER (v.state = 'overdue') AS overdue,
  count(*) FILTER (v.state = 'delayed') AS delayed, count(*) FILTER (v.state = 'behind') AS behind,
  count(*) FILTER (v.state = 'planned') AS planned, coalesce(sum(v.days) FILTER (v.state = 'late'), 0)::BIGINT AS late_days
FROM svc_deliveries v {joins}
WHERE v.state <> 'cancelled' AND (v.delivered_day IS NULL OR (v.delivered_day >= $start AND v.delivered_day < $end))
  AND ($owners::VARCHAR[] IS NULL OR list_contains($owners, v.owner_id))
GROUP BY ALL
ORDER BY ALL NULLS LAST
