-- How much of its history each counted deal has, and the holes in it.
SELECT history_quality, count(*), sum(gaps)::BIGINT, count(*) FILTER (net_us < 0) FROM svc_counted GROUP BY history_quality ORDER BY 1
