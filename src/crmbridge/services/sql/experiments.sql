-- The records that came in while an experiment ran: under what name each is put into an arm, whether the metric is a
-- share of it, and whether it is one of those that the share counts.
SELECT coalesce(r.subject, r.id) AS subject, r.id, ({base}) IS TRUE AS is_measured,
       ({base}) IS TRUE AND ({counted}) IS TRUE AS is_counted
FROM {table} r {joins}
WHERE ({live}) AND ({period})
ORDER BY r.id
