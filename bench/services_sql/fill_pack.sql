-- What fill.sql leaves out of a company whose sales are looked at every Monday: teams, and three activities a deal in the
-- mean. Deals that are open have younger ones; one in three came from the customer, one in ten was not answered.
-- The days that are worked are those of the calendar itself, holidays too, as the product writes them; pack.py puts them in.
CREATE TEMP MACRO h(n, salt) AS (hash(n * 97 + salt) % 1000000)::BIGINT;
INSERT INTO org_units (id, external_id, lifecycle, name, parent_id)
SELECT format('G{:025d}', n), 'g' || n, 'active', 'Team ' || n, CASE WHEN n > 0 THEN format('G{:025d}', 0) END FROM range(10) t(n);
UPDATE users SET org_unit_id = format('G{:025d}', 1 + CAST(external_id[2:] AS INT) % 9);
INSERT INTO activities (id, subject, connection, object, external_id, lifecycle, type, direction, outcome, deal_id, deal_ref, owner_id, owner_ref,
  started_at, started_at_precision)
SELECT format('V{:025d}', n * 8 + k), 'crm:v' || n * 8 + k, 'crm', 'activity', 'v' || n * 8 + k, 'active',
  ['call', 'email', 'meeting', 'im'][1 + h(n * 8 + k, 30) % 4], CASE WHEN h(n * 8 + k, 31) < 333333 THEN 'in' ELSE 'out' END,
  CASE WHEN h(n * 8 + k, 32) < 100000 THEN 'no answer' ELSE 'done' END, d.id, 'd' || n, d.owner_id, d.owner_ref,
  d.created_at + to_seconds(h(n * 8 + k, 33) * CASE WHEN d.category = 'open' THEN 15 ELSE 5 END), 'exact'
FROM (SELECT *, CAST(external_id[2:] AS BIGINT) AS n FROM deals) d, range(1, 6) s(k) WHERE k <= 1 + h(n, 34) % 5
ORDER BY n, k;
