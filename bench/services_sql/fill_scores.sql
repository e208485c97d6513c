-- The same leads for the same number, whatever the machine.
CREATE TEMP MACRO h(n, salt) AS (hash(n * 97 + salt) % 1000000)::BIGINT;
INSERT INTO users (id, external_id, lifecycle, name, active)
SELECT format('U{:025d}', n), 'u' || n, 'active', 'Owner ' || n, true FROM range(200) t(n);
INSERT INTO leads (id, subject, connection, object, external_id, lifecycle, full_name, company_name, title, emails, phones,
  industry, status, source, need, budget, authority, timing, owner_ref, owner_id, created_at, created_at_precision)
SELECT format('L{:025d}', n), 'crm:' || n, 'crm', 'Leads', n::VARCHAR, 'active', 'Lead ' || n,
  CASE WHEN h(n, 1) < 700000 THEN 'Company ' || n % 5000 END,
  ['总经理', 'Sales Manager', 'clerk', NULL, '采购', 'Head of IT'][1 + h(n, 2) % 6],
  CASE WHEN h(n, 3) < 100000 THEN '[]' WHEN h(n, 3) < 150000 THEN '["p' || n || '@pku.edu.cn"]' ELSE '["p' || n || '@x.cn"]' END,
  CASE WHEN h(n, 4) < 200000 THEN '[]' ELSE '["+8613' || n || '"]' END,
  CASE WHEN h(n, 5) < 600000 THEN 'IT' END, CASE WHEN h(n, 6) < 20000 THEN 'disqualified' ELSE 'working' END,
  ['web', 'fair', 'Referral', 'partner'][1 + h(n, 7) % 4],
  CASE WHEN h(n, 8) < 600000 THEN h(n, 9) % 4 END, CASE WHEN h(n, 10) < 600000 THEN h(n, 11) % 4 END,
  CASE WHEN h(n, 12) < 600000 THEN h(n, 13) % 4 END, CASE WHEN h(n, 14) < 600000 THEN h(n, 15) % 4 END,
  'u' || h(n, 16) % 200, format('U{:025d}', h(n, 16) % 200), TIMESTAMP '2026-01-01 01:00:00' + to_seconds(h(n, 17) * 20), 'exact'
FROM range(getvariable('leads')) t(n);
INSERT INTO activities (id, connection, object, lifecycle, type, direction, state, automated, started_at, started_at_precision,
  lead_id, lead_ref)
SELECT format('C{:025d}', n), 'crm', 'Activities', 'active', ['form', 'email', 'web_event', 'web_event', 'call', 'meeting', 'note'][1 + h(n, 18) % 7],
  CASE WHEN h(n, 19) < 500000 THEN 'in' ELSE 'out' END, CASE WHEN h(n, 20) < 100000 THEN 'planned' ELSE 'done' END, h(n, 21) < 50000,
  TIMESTAMP '2026-08-01 01:00:00' + to_seconds(h(n, 22) * 9), 'exact', format('L{:025d}', lead), lead::VARCHAR
FROM (SELECT n, (h(n, 23) * 1000003 + n) % getvariable('leads') AS lead FROM range(getvariable('leads') * 3) t(n));
INSERT INTO service_events
SELECT 'lead_tiers', format('L{:025d}', n), TIMESTAMP '2026-10-01 01:00:00' + to_seconds(h(n, 24) * 3),
  '{"tier":"' || ['A', 'B', 'C', 'D', 'X'][1 + h(n, 25) % 5] || '","was":null,"score":null,"why":"first"}'
FROM range(getvariable('leads')) t(n) WHERE n % 2 = 0;
