-- The scores of owners in a weekly pack by hand, after pack.sql: the checks of deals, accounts and activities that the
-- agreed way of working asks for, each with its weight; which of them apply to nothing in this data is known.
CREATE TEMP TABLE tallies AS
SELECT owner, n, unnest([
  {'topic': 'required_fields', 'weight': 3, 'applies': n, 'fails': incomplete}, {'topic': 'unassigned', 'weight': 2, 'applies': n, 'fails': unassigned},
  {'topic': 'stage_unmapped', 'weight': 1, 'applies': n, 'fails': 0}, {'topic': 'amount_missing', 'weight': 2, 'applies': need_amount, 'fails': amount_missing},
  {'topic': 'lost_without_reason', 'weight': 1, 'applies': lost, 'fails': no_reason}, {'topic': 'stale', 'weight': 1, 'applies': open, 'fails': stale},
  {'topic': 'close_overdue', 'weight': 2, 'applies': open_expected, 'fails': overdue}, {'topic': 'owner_inactive', 'weight': 1, 'applies': open_owned, 'fails': inactive},
  {'topic': 'stalled', 'weight': 2, 'applies': open, 'fails': stalled}], recursive := true)
FROM (
  SELECT owner, count(*) AS n, count(*) FILTER (owner IS NULL) AS unassigned,
    count(*) FILTER (name IS NULL OR account_ref IS NULL AND account_id IS NULL OR owner IS NULL OR state = 'open' AND (expected_close IS NULL OR rank >= 2 AND amount_e4 IS NULL)) AS incomplete,
    count(*) FILTER (state = 'won' OR state = 'open' AND rank >= 4) AS need_amount,
    count(*) FILTER ((state = 'won' OR state = 'open' AND rank >= 4) AND coalesce(amount_e4, 0) = 0) AS amount_missing,
    count(*) FILTER (state = 'lost') AS lost, count(*) FILTER (state = 'lost' AND reason IS NULL) AS no_reason,
    count(*) FILTER (state = 'open') AS open, count(*) FILTER (is_stalled) AS stalled,
    count(*) FILTER (state = 'open' AND today() - d(greatest(created_at, CASE WHEN modified_at <= getvariable('cut') THEN modified_at END, touched_at)) > 30) AS stale,
    count(*) FILTER (state = 'open' AND expected_close IS NOT NULL) AS open_expected, count(*) FILTER (state = 'open' AND expected_close < today()) AS overdue,
    count(*) FILTER (state = 'open' AND owner_id IS NOT NULL) AS open_owned, count(*) FILTER (state = 'open' AND NOT active) AS inactive
  FROM h WHERE state <> 'void' GROUP BY owner)
UNION ALL
SELECT owner, n, unnest([{'topic': 'required_fields', 'weight': 3, 'applies': n, 'fails': incomplete}, {'topic': 'owner_inactive', 'weight': 1, 'applies': n, 'fails': inactive},
  {'topic': 'duplicates', 'weight': 1, 'applies': n, 'fails': twice}], recursive := true)
FROM (
  SELECT a.owner_id AS owner, count(*) AS n, count(*) FILTER (a.name IS NULL) AS incomplete, count(*) FILTER (NOT u.active) AS inactive, count(*) FILTER (alike > 1) AS twice
  FROM (SELECT owner_id, name, CASE WHEN city IS NOT NULL THEN count(*) OVER (PARTITION BY lower(name), city) END AS alike FROM accounts) a LEFT JOIN users u ON u.id = a.owner_id
  GROUP BY a.owner_id)
UNION ALL
SELECT owner, n, unnest([{'topic': 'required_fields', 'weight': 3, 'applies': n, 'fails': nobody}, {'topic': 'result_record', 'weight': 3, 'applies': done, 'fails': untold}], recursive := true)
FROM (
  SELECT coalesce(owner_id, 'ref:' || owner_ref) AS owner, count(*) AS n, count(*) FILTER (owner_id IS NULL AND owner_ref IS NULL) AS nobody,
    count(*) FILTER (started_at <= getvariable('cut')) AS done, count(*) FILTER (started_at <= getvariable('cut') AND outcome IS NULL) AS untold
  FROM activities GROUP BY owner);
SELECT 'compliance score', coalesce(u.name, s.owner[5:], 'unknown'), n, CASE WHEN n >= 10 THEN round(value, 1) END, CASE WHEN n >= 10 THEN worst END
FROM (
  SELECT owner, sum(100.0 * weight * (applies - fails) / applies) / sum(weight) AS value,
    coalesce(list(topic ORDER BY weight * fails / applies DESC, topic) FILTER (fails > 0), [])[1:3] AS worst
  FROM (SELECT owner, topic, weight, sum(applies) AS applies, sum(fails) AS fails FROM tallies GROUP BY ALL HAVING sum(applies) > 0) GROUP BY owner) s
JOIN (SELECT owner, sum(n) AS n FROM tallies WHERE topic = 'required_fields' GROUP BY owner) j ON j.owner IS NOT DISTINCT FROM s.owner
LEFT JOIN users u ON u.id = s.owner;
SELECT 'compliance limit', concat_ws(' ', coalesce(u.name, l.owner[5:]), stage), n
FROM (SELECT owner, stage, count(*) AS n FROM h WHERE is_stalled GROUP BY ALL) l LEFT JOIN users u ON u.id = l.owner
