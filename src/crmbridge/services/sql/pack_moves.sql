-- What open deals did after $start: how many times each went on, back or passed stages over; in the order of their names.
SELECT d.id, coalesce(nullif(trim(d.name), ''), d.external_id, d.id) AS label, d.owner_id, u.org_unit_id AS team_id, m.move::VARCHAR AS move, count(*) AS times
FROM svc_way m JOIN deals d ON d.rowid = m.deal_no LEFT JOIN users u ON u.id = d.owner_id
WHERE m.moment > $start AND m.moment <= $until AND NOT m.is_inferred AND m.move IN ('advance', 'skip', 'regress')
GROUP BY ALL ORDER BY label, d.id, move
