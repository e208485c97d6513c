-- The deals whose expected closing date was moved later after $start, from the earliest old to the last new day.
SELECT d.id, d.owner_id, u.org_unit_id AS team_id, arg_min(try_cast(f.old ->> '$' AS DATE), f.seq) AS old_day,
  arg_max(try_cast(f.new ->> '$' AS DATE), f.seq) AS new_day
FROM field_changes f JOIN deals d ON d.id = f.record_id LEFT JOIN users u ON u.id = d.owner_id
WHERE f.kind = 'deal' AND f.field = 'expected_close' AND f."at" > $start AND f."at" <= $until
  AND coalesce(d.lifecycle, 'active') NOT IN ('deleted', 'merged')
GROUP BY ALL HAVING new_day > old_day ORDER BY d.id
