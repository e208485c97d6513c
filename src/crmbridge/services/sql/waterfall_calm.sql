-- The calm deals by slice and currency (NULL: the amount is unknown): what they add up to, and which they are.
SELECT w.key, CASE WHEN s.amount_e4 IS NOT NULL THEN s.amount_currency END AS currency, coalesce(sum(s.amount_e4), 0)::HUGEINT AS e4,
  list(w.id ORDER BY w.id) AS ids
FROM (SELECT DISTINCT id, deal_no, {key} AS key FROM svc_waterfall WHERE is_calm) w LEFT JOIN svc_states s ON s.deal_no = w.deal_no
GROUP BY ALL ORDER BY ALL
