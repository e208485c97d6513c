-- One scan of the deals by owner, one of the accounts, duplicates are grouped by name and city.
CREATE TEMP TABLE q AS
WITH r AS (
  SELECT d.*, h.state, h.last_at, h.furthest, s.rank, s.sla_days, h.prec, u.active, c.id IS NOT NULL AS account_known, nullif(trim(d.owner_ref), '') IS NOT NULL OR d.owner_id IS NOT NULL AS owned,
    greatest(d.created_at, CASE WHEN d.modified_at <= TIMESTAMP '2026-11-01' THEN d.modified_at END) AS touched
  FROM deals d JOIN h ON h.id = d.id JOIN stages s ON s.key = d.stage AND s.pipeline = d.pipeline LEFT JOIN users u ON u.id = d.owner_id
  LEFT JOIN accounts c ON c.id = d.account_id
  WHERE h.state <> 'void'
)
SELECT coalesce(owner_id, 'ref:' || owner_ref) AS owner, count(*) AS n, count(*) FILTER (NOT owned) AS unassigned, count(*) FILTER (owned) AS owned,
  count(*) FILTER (owned AND owner_id IS NULL) AS owner_unknown,
  count(*) FILTER (owner_id IS NOT NULL AND state = 'open') AS open_owned, count(*) FILTER (state = 'open' AND NOT active) AS owner_inactive,
  count(*) FILTER (created_at IS NOT NULL AND modified_at IS NOT NULL) AS modified, count(*) FILTER (span(created_at, modified_at, created_at_precision) < 0) AS modified_before,
  count(*) FILTER (amount_e4 IS NOT NULL) AS with_amount, count(*) FILTER (amount_e4 < 0) AS negative,
  count(*) FILTER (stage = 'UNKNOWN') AS unmapped,
  count(*) FILTER (state = 'open' AND probability IS NOT NULL) AS open_p, count(*) FILTER (state = 'open' AND probability >= 1) AS open_certain,
  count(*) FILTER (state = 'won' AND probability IS NOT NULL) AS won_p, count(*) FILTER (state = 'won' AND probability < 1) AS won_uncertain,
  count(*) FILTER (state = 'won' OR (state = 'open' AND rank >= 4)) AS need_amount,
  count(*) FILTER ((state = 'won' OR (state = 'open' AND rank >= 4)) AND coalesce(amount_e4, 0) = 0) AS amount_missing,
  count(*) FILTER (state = 'open' AND expected_close IS NOT NULL) AS open_expected, count(*) FILTER (state = 'open' AND expected_close < DATE '2026-11-01') AS overdue,
  count(*) FILTER (expected_close IS NOT NULL AND created_at IS NOT NULL) AS expected, count(*) FILTER (expected_close < d(created_at)) AS expected_before,
  count(*) FILTER (state IN ('won', 'lost')) AS closed, count(*) FILTER (state IN ('won', 'lost') AND span(created_at, last_at, prec) < 0) AS close_before,
  count(*) FILTER (state IN ('won', 'lost') AND last_at IS NULL) AS undated,
  count(*) FILTER (state = 'lost') AS lost, count(*) FILTER (state = 'lost' AND coalesce(trim(reason), '') = '') AS no_reason,
  count(*) FILTER (state = 'open') AS open, count(*) FILTER (state = 'open' AND span(last_at, TIMESTAMP '2026-11-01', prec) > sla_days * 86400000000) AS stalled,
  count(*) FILTER (state = 'open' AND d(TIMESTAMP '2026-11-01') - d(touched) > 30) AS stale,
  count(*) FILTER (account_ref IS NOT NULL OR account_id IS NOT NULL) AS with_account, count(*) FILTER (account_ref IS NOT NULL AND account_id IS NULL) AS lost_account,
  count(*) FILTER (coalesce(trim(name), '') = '' OR (account_ref IS NULL AND account_id IS NULL) OR NOT owned OR (state = 'open' AND expected_close IS NULL)
    OR (state = 'open' AND rank >= 2 AND amount_e4 IS NULL)) AS incomplete,
  count(*) FILTER (regexp_matches(external_id, '#[0-9]+$')) AS repeats
FROM r GROUP BY ALL;
CREATE TEMP TABLE a AS
SELECT a.owner_id AS owner, count(*) AS n, count(*) FILTER (a.owner_id IS NULL) AS owner_unknown, count(*) FILTER (NOT u.active) AS owner_inactive,
  count(*) FILTER (coalesce(trim(a.name), '') = '' OR a.owner_id IS NULL) AS incomplete, count(*) FILTER (regexp_matches(a.external_id, '#[0-9]+$')) AS repeats,
  count(*) FILTER (a.city IS NOT NULL AND (lower(a.name), a.city) IN (SELECT (lower(name), city) FROM accounts WHERE city IS NOT NULL GROUP BY lower(name), city HAVING count(*) > 1)) AS duplicates
FROM accounts a LEFT JOIN users u ON u.id = a.owner_id WHERE a.lifecycle = 'active' GROUP BY ALL;
SELECT 'quality', unnest(['deal.required_fields', 'deal.unassigned', 'deal.amount_missing', 'deal.expected_before_creation', 'deal.owner_unknown', 'deal.references',
  'deal.open_certain', 'deal.amount_negative', 'deal.stalled', 'deal.stale', 'deal.close_overdue', 'deal.lost_without_reason', 'deal.owner_inactive', 'deal.won_uncertain',
  'deal.modified_before_creation', 'deal.close_before_creation', 'deal.closed_undated', 'deal.repeats', 'deal.stage_unmapped']),
  unnest([[sum(n), sum(incomplete)], [sum(n), sum(unassigned)], [sum(need_amount), sum(amount_missing)], [sum(expected), sum(expected_before)], [sum(owned), sum(owner_unknown)],
  [sum(with_account), sum(lost_account)], [sum(open_p), sum(open_certain)], [sum(with_amount), sum(negative)], [sum(open), sum(stalled)], [sum(open), sum(stale)],
  [sum(open_expected), sum(overdue)], [sum(lost), sum(no_reason)], [sum(open_owned), sum(owner_inactive)], [sum(won_p), sum(won_uncertain)], [sum(modified), sum(modified_before)],
  [sum(closed), sum(close_before)], [sum(closed), sum(undated)], [sum(n), sum(repeats)], [sum(n), sum(unmapped)]]::BIGINT[][]) FROM q;
SELECT 'quality', unnest(['account.duplicates', 'account.owner_inactive', 'account.owner_unknown', 'account.repeats', 'account.required_fields']),
  unnest([[sum(n), sum(duplicates)], [sum(n), sum(owner_inactive)], [sum(n), sum(owner_unknown)], [sum(n), sum(repeats)], [sum(n), sum(incomplete)]]::BIGINT[][]) FROM a;
SELECT 'judged', coalesce(q.owner, ''), [q.n + coalesce(a.n, 0), q.n] FROM q LEFT JOIN a ON a.owner = q.owner
