-- The same open deals for the same number, whatever the machine.
CREATE TEMP MACRO h(n, salt) AS (hash(n * 97 + salt) % 1000000)::BIGINT;
INSERT INTO users (id, external_id, lifecycle, name, active, manager_id)
SELECT format('U{:025d}', n), 'u' || n, 'active', 'Owner ' || n, n % 50 <> 7, format('U{:025d}', n // 10 * 10) FROM range(2000) t(n);
INSERT INTO accounts (id, subject, connection, object, external_id, lifecycle, name, created_at)
SELECT format('A{:025d}', n), 'crm:a' || n, 'crm', 'Accounts', 'a' || n, 'active', 'Company ' || n, TIMESTAMP '2025-01-01'
FROM range(getvariable('deals') // 3) t(n);
INSERT INTO contacts (id, subject, connection, object, external_id, lifecycle, full_name, phones, do_not_contact, account_id, zone, created_at)
SELECT format('C{:025d}', n), 'crm:c' || n, 'crm', 'Contacts', 'c' || n, 'active', 'Person ' || n, '["+86' || 13000000000 + n || '"]',
  h(n, 1) < 20000, format('A{:025d}', n % (getvariable('deals') // 3)), CASE WHEN h(n, 2) < 50000 THEN 'America/New_York' END, TIMESTAMP '2025-01-01'
FROM range(getvariable('deals') * 7 // 10) t(n);
INSERT INTO deals (id, subject, connection, object, external_id, lifecycle, name, pipeline, stage, category, owner_id, account_id, contact_id, created_at,
  created_at_precision, hold_until, next_step_due, history_quality)
SELECT format('D{:025d}', n), 'crm:' || n, 'crm', 'Deals', n::VARCHAR, 'active', 'Deal ' || n, 'sales', 'S' || 1 + h(n, 3) % 5, 'open',
  format('U{:025d}', h(n, 4) % 2000), format('A{:025d}', h(n, 5) % (getvariable('deals') // 3)),
  CASE WHEN h(n, 6) < 800000 THEN format('C{:025d}', (h(n, 7) * 1000003 + n) % (getvariable('deals') * 7 // 10)) END,
  TIMESTAMP '2026-08-01 01:00:00' + to_seconds(h(n, 8) * 7), 'exact', CASE WHEN h(n, 9) < 20000 THEN DATE '2026-12-01' END,
  CASE WHEN h(n, 10) < 100000 THEN DATE '2026-10-25' + (h(n, 11) % 20)::INT END, 'current_only'
FROM range(getvariable('deals')) t(n);
INSERT INTO activities (id, subject, connection, object, lifecycle, type, direction, state, outcome, automated, started_at, started_at_precision, deal_id, contact_id)
SELECT format('T{:025d}', n), 'crm:t' || n, 'crm', 'Activities', 'active', ['call', 'call', 'email', 'email', 'meeting', 'im', 'note'][1 + h(n, 12) % 7],
  CASE WHEN h(n, 13) < 200000 THEN 'in' ELSE 'out' END, CASE WHEN h(n, 14) < 30000 THEN 'planned' ELSE 'done' END,
  CASE WHEN h(n, 15) < 200000 THEN 'no answer' END, h(n, 16) < 50000,
  TIMESTAMP '2026-08-01 01:00:00' + to_seconds(h(n, 17) * 8), 'exact', d.id, CASE WHEN h(n, 18) < 500000 THEN d.contact_id END
FROM (SELECT n, (h(n, 19) * 1000003 + n) % getvariable('deals') AS deal FROM range(getvariable('deals') * 3) t(n)) m
JOIN (SELECT rowid AS deal, id, contact_id FROM deals) d ON d.deal = m.deal;
