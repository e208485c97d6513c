-- The whole in one row, and what could not be counted.
SELECT (SELECT count(*) FROM svc_customers) AS customers,
  (SELECT count(r) FROM svc_customers) AS ranked,
  (SELECT count(*) FILTER (is_vip) FROM svc_customers) AS vips,
  (SELECT coalesce(sum(e4) FILTER (is_vip), 0) FROM svc_customers) AS vip_e4,
  (SELECT count(*) FROM svc_purchases WHERE account_id IS NULL) AS unplaced,
  (SELECT count(*) FROM svc_purchases WHERE account_id IS NOT NULL AND day IS NULL) AS undated,
  (SELECT count(*) FROM svc_purchases
   WHERE account_id IS NOT NULL AND day BETWEEN $today - $window_days::INTEGER AND $today AND e4 IS NULL) AS without_amount
