-- Open deals and leads with what is due and what was said, from hashes of row numbers: `records` of them, 3 in 5 deals.
CREATE TEMP MACRO h(n, salt) AS (hash(n * 97 + salt) % 1000000000)::BIGINT;
INSERT INTO users BY NAME SELECT 'u' || n AS id, 'U' || n AS name, 't' || n % 20 AS org_unit_id FROM range(200) r(n);
INSERT INTO org_units BY NAME SELECT 't' || n AS id, 'T' || n AS name FROM range(20) r(n);
INSERT INTO accounts BY NAME
SELECT 'a' || n AS id, 'crm:a' || n AS subject, 'crm' AS connection, 'A' || n AS name, h(n, 1) % 50 = 0 AS vip,
  ['A', 'B', 'C', 'D', NULL][1 + h(n, 2) % 5] AS tier
FROM range(getvariable('records') // 5) r(n);
INSERT INTO deals BY NAME
SELECT 'd' || n AS id, 'crm:d' || n AS subject, 'crm' AS connection, 'd' || n AS external_id, 'Deal ' || n AS name, 'default' AS pipeline,
  ['prospect', 'first_contact', 'needs_confirmed', 'quoted', 'negotiation'][1 + h(n, 3) % 5] AS stage, 'open' AS category,
  'a' || h(n, 4) % (getvariable('records') // 5) AS account_id, 'u' || h(n, 5) % 200 AS owner_id,
  CASE WHEN h(n, 6) % 20 > 0 THEN (1000 + h(n, 7) % 500000)::BIGINT * 10000 END AS amount_e4, 'CNY' AS amount_currency,
  TIMESTAMP '2026-10-30' - to_minutes((h(n, 8) % 500000)::BIGINT) AS created_at, 'exact' AS created_at_precision,
  CASE WHEN h(n, 9) % 30 = 0 THEN DATE '2026-12-01' END AS hold_until, 'current_only' AS history_quality
FROM range(getvariable('records') * 3 // 5) r(n);
INSERT INTO leads BY NAME
SELECT 'l' || n AS id, 'crm:l' || n AS subject, 'crm' AS connection, 'l' || n AS external_id, 'Lead ' || n AS full_name, '["+86' || (13000000000 + n) || '"]' AS phones,
  ['A', 'B', 'C', 'D'][1 + h(n, 11) % 4] AS tier, 'u' || h(n, 12) % 200 AS owner_id,
  TIMESTAMP '2026-10-31' - to_minutes((h(n, 13) % 400000)::BIGINT) AS created_at, 'exact' AS created_at_precision,
  created_at + to_minutes((h(n, 14) % 900)::BIGINT) AS assigned_at, 'exact' AS assigned_at_precision
FROM range(getvariable('records') * 2 // 5) r(n);
INSERT INTO tasks BY NAME
SELECT 't' || n AS id, 'crm:t' || n AS subject, 'crm' AS connection, 'Call' AS title, CASE WHEN h(n, 21) % 6 = 0 THEN 'done' ELSE 'open' END AS status,
  DATE '2026-11-01' + (h(n, 22) % 60)::INTEGER - 40 AS due_date, 'cb1-' || h(n, 23) AS external_key,
  CASE WHEN n % 5 < 3 THEN 'd' || h(n, 24) % (getvariable('records') * 3 // 5) END AS deal_id,
  CASE WHEN n % 5 >= 3 THEN 'l' || h(n, 24) % (getvariable('records') * 2 // 5) END AS lead_id
FROM range(getvariable('records') * 4 // 5) r(n);
INSERT INTO activities BY NAME
SELECT 'x' || n AS id, 'crm:x' || n AS subject, 'crm' AS connection, CASE WHEN h(n, 31) % 2 = 0 THEN 'call' ELSE 'email' END AS type,
  CASE WHEN h(n, 32) % 3 = 0 THEN 'in' ELSE 'out' END AS direction, 'done' AS state,
  TIMESTAMP '2026-10-31' - to_minutes((h(n, 33) % 300000)::BIGINT) AS started_at, 'exact' AS started_at_precision, 'x' AS content,
  CASE WHEN n % 5 < 3 THEN 'd' || h(n, 34) % (getvariable('records') * 3 // 5) END AS deal_id,
  CASE WHEN n % 5 >= 3 THEN 'l' || h(n, 34) % (getvariable('records') * 2 // 5) END AS lead_id
FROM range(getvariable('records') * 2) r(n);
