-- svc_waiting: the persons who sent something that nobody has answered, since when, and the record by which to answer: an
-- open deal of the person (one that the message named before others), else the deal that it named, else the contact, the
-- lead, the account. Who is no known person is the deal or the account. A task to answer that is done, or was deleted, is an
-- answer to all that came before; a touch that reached nobody, or a machine's, is none.
CREATE OR REPLACE TEMP TABLE svc_waiting AS
WITH outcomes AS (
  SELECT outcome, len(list_filter($not_connected::VARCHAR[], lambda part: contains(lower(outcome), part))) > 0 AS is_missed,
    len(list_filter($bounced::VARCHAR[], lambda part: contains(lower(outcome), part))) > 0 AS is_bounced
  FROM (SELECT DISTINCT outcome FROM activities WHERE outcome IS NOT NULL)
),
talk AS (
  SELECT coalesce(a.subject, a.id) AS subject, a.type, a.deal_id, a.lead_id, a.account_id, a.contact_id, coalesce(a.started_at, a.ended_at, a.logged_at) AS moment,
    coalesce(a.direction = 'in', false) AS is_in,
    a.type = 'call' AND (coalesce(o.is_missed, false) OR a.outcome IS NULL AND $blank_call = 'attempted') AS is_missed,
    a.type = 'email' AND coalesce(o.is_bounced, false) AS is_bounced,
    coalesce(is_in AND (list_contains($waiting_types::VARCHAR[], a.type) OR a.type = 'call' AND (a.state IS NULL OR coalesce(o.is_missed, false))), false) AS asks,
    coalesce(p.person_key, 'contact:' || a.contact_id) AS contact_key, coalesce(l.person_key, 'lead:' || a.lead_id) AS lead_key,
    CASE WHEN a.contact_id IS NULL AND a.lead_id IS NULL THEN coalesce(q.person_key, 'deal:' || d.subject) END AS deal_key
  FROM activities a
  LEFT JOIN outcomes o ON o.outcome = a.outcome
  LEFT JOIN persons p ON p.record_id = a.contact_id
  LEFT JOIN persons l ON l.record_id = a.lead_id
  LEFT JOIN deals d ON d.id = a.deal_id
  LEFT JOIN persons q ON q.record_id = d.contact_id
  WHERE coalesce(a.lifecycle, 'active') NOT IN ('deleted', 'merged') AND NOT coalesce(a.automated, false) AND coalesce(a.counts_as_touch, true)
    AND coalesce(a.state, 'done') = 'done' AND a.type NOT IN ('note', 'web_event')
    AND coalesce(a.started_at, a.ended_at, a.logged_at) <= $cut AND coalesce(a.started_at, a.ended_at, a.logged_at) > $waiting_from
),
asked AS (
  SELECT t.*, coalesce(contact_key, lead_key, deal_key, 'account:' || coalesce(c.subject, t.account_id)) AS who
  FROM talk t LEFT JOIN accounts c ON c.id = t.account_id WHERE t.asks
),
heard AS (  -- by which threads it answers: its persons, its deal, its company
  SELECT unnest([contact_key, lead_key, deal_key, 'deal|' || deal_id, CASE WHEN deal_key IS NOT NULL THEN 'blank|' || deal_id END,
    'account|' || account_id]) AS thread, moment
  FROM talk WHERE NOT asks AND NOT is_missed AND NOT is_bounced AND (NOT is_in OR type IN ('call', 'meeting', 'visit'))
),
answered AS (SELECT thread, max(moment) AS moment FROM heard WHERE thread IS NOT NULL GROUP BY thread),
threads AS (  -- what names nobody is answered by whatever is about its deal; what names a person by what names nobody there
  SELECT subject, moment, unnest([who, CASE WHEN deal_key IS NOT NULL THEN 'deal|' || deal_id ELSE 'blank|' || deal_id END,
    CASE WHEN who LIKE 'account:%' THEN 'account|' || account_id END]) AS thread
  FROM asked WHERE who IS NOT NULL
),
unanswered AS (
  SELECT a.*, 'cb1-' || substr(sha256('answer|' || replace(replace(a.subject, '%', '%25'), '|', '%7C')), 1, 24) AS key
  FROM asked a ANTI JOIN (SELECT t.subject FROM threads t JOIN answered n ON n.thread = t.thread AND n.moment >= t.moment) n ON n.subject = a.subject
  WHERE a.who IS NOT NULL
),
told AS (
  SELECT u.*, m.state AS made, m.due AS made_due,
    max(greatest(u.moment, m.done_at)) FILTER (m.state IN ('done', 'cancelled', 'gone')) OVER (PARTITION BY u.who) AS settled_at
  FROM unanswered u LEFT JOIN svc_waiting_made m ON m.key = u.key
),
waits AS (SELECT * FROM told WHERE settled_at IS NULL OR moment > settled_at),
firsts AS (
  SELECT who, min(moment) AS since, arg_min(
    struct_pack(reply := subject, moment := moment, type := type, key := key, made := made, made_due := made_due),
    struct_pack(is_new := made IS NULL, moment := moment, reply := subject)) AS one
  FROM waits GROUP BY who
),
owned AS (  -- the records of whoever waits
  SELECT w.who, 'deal' AS kind, d.id, true AS is_named FROM waits w JOIN deals d ON d.id = w.deal_id
  UNION ALL SELECT w.who, 'lead', w.lead_id, true FROM waits w WHERE w.lead_id IS NOT NULL
  UNION ALL SELECT w.who, 'account', w.account_id, true FROM waits w WHERE w.account_id IS NOT NULL
  UNION ALL SELECT w.who, 'contact', w.contact_id, true FROM waits w WHERE w.contact_id IS NOT NULL
  UNION ALL SELECT f.who, p.kind, p.record_id, false FROM firsts f JOIN persons p ON p.person_key = f.who
  UNION ALL
  SELECT f.who, 'deal', d.id, false
  FROM firsts f JOIN persons p ON p.person_key = f.who AND p.kind = 'contact' JOIN deals d ON d.contact_id = p.record_id
),
known AS (
  SELECT 'deal' AS kind, d.id, d.subject, d.owner_id, d.owner_ref, d.account_id, d.contact_id AS about_id, d.name, s.state IN ('open', 'unknown') AS is_open
  FROM deals d JOIN svc_states s ON s.deal_no = d.no
  UNION ALL BY NAME
  SELECT 'lead' AS kind, l.id, l.subject, l.owner_id, l.owner_ref, l.id AS about_id, coalesce(l.full_name, l.company_name) AS name, NOT s.is_converted AS is_open
  FROM leads l JOIN svc_leads s ON s.lead_no = l.no
  UNION ALL BY NAME
  SELECT 'contact' AS kind, id, subject, owner_id, owner_ref, account_id, id AS about_id, full_name AS name, true AS is_open
  FROM contacts WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
  UNION ALL BY NAME
  SELECT 'account' AS kind, id, subject, owner_id, owner_ref, id AS account_id, name, true AS is_open
  FROM accounts WHERE coalesce(lifecycle, 'active') NOT IN ('deleted', 'merged')
),
chosen AS (
  SELECT o.who, k.*
  FROM (SELECT who, kind, id, bool_or(is_named) AS is_named FROM owned GROUP BY ALL) o JOIN known k ON k.kind = o.kind AND k.id = o.id
  WHERE o.is_named OR k.is_open
  QUALIFY row_number() OVER (PARTITION BY o.who ORDER BY (k.kind = 'deal' AND k.is_open) DESC, k.kind = 'deal' DESC,
    k.is_open DESC, (o.is_named AND k.kind = 'deal') DESC, list_position(['contact', 'lead', 'account'], k.kind), o.is_named DESC, k.subject, k.id) = 1
)
SELECT f.who AS person_key, c.kind, c.id, c.subject, c.owner_id, coalesce(c.owner_id, nullif(c.owner_ref, '')) AS owner, c.account_id, c.about_id,
  coalesce(k.full_name, c.name, a.name) AS customer, coalesce(k.zone, a.zone) AS zone,
  f.since, svc_day(f.one.moment, $zone) AS day, f.one.reply AS reply, f.one.key AS key, f.one.made AS made, f.one.made_due AS made_due,
  CASE f.one.type WHEN 'form' THEN 'email' WHEN 'visit' THEN 'meeting' ELSE f.one.type END AS channel
FROM firsts f
JOIN chosen c ON c.who = f.who
LEFT JOIN contacts k ON k.id = c.about_id
LEFT JOIN accounts a ON a.id = coalesce(c.account_id, k.account_id)
