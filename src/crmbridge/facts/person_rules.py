"""The statements by which `persons` works out which contacts and leads are one; each leaves a temporary table."""

MOST_HOLDERS, MOST_RECORDS = 10, 50
"""What more have is nobody's own; of more that would be one by it nobody is."""

NODES = """
CREATE OR REPLACE TEMP TABLE person_nodes AS
SELECT id, 'contact' AS kind, object || '|' || subject AS named, connection, lifecycle, full_name AS name,
       phones, emails, created_at, merged_into, NULL AS became
FROM contacts WHERE {is_known}
UNION ALL
SELECT id, 'lead', object || '|' || subject, connection, lifecycle, full_name, phones, emails, created_at, merged_into,
       CASE WHEN {has_become} THEN converted_contact_id END
FROM leads WHERE {is_known}
"""
BECOME = "(converted OR converted_at IS NOT NULL OR status = 'converted')"
KNOWN_THEN = "coalesce(created_at, first_seen_at) <= $cut"
BECOME_THEN = (
    "(converted_at <= $cut OR converted_at IS NULL AND (converted OR status = 'converted') AND last_seen_at <= $cut)"
)
CELLS = """
CREATE OR REPLACE TEMP TABLE person_cells AS
WITH told AS (
    SELECT id, 'phone' AS what, trim(u.value) AS value, u.place
    FROM person_nodes, unnest(from_json(phones, '["VARCHAR"]')) WITH ORDINALITY AS u (value, place)
    WHERE lifecycle NOT IN ('deleted', 'merged') AND regexp_full_match(trim(u.value), $e164)
    UNION ALL
    SELECT id, 'email', lower(trim(u.value)), u.place
    FROM person_nodes, unnest(from_json(emails, '["VARCHAR"]')) WITH ORDINALITY AS u (value, place)
    WHERE lifecycle NOT IN ('deleted', 'merged') AND position('@' IN u.value) > 0
      AND NOT list_contains($everybodys, split_part(lower(trim(u.value)), '@', 1))
)
SELECT id, what, value, min(place) AS place FROM told GROUP BY ALL
"""
SURE = """
CREATE OR REPLACE TEMP TABLE person_edges AS
SELECT l.id AS one, c.id AS other, 'conversion' AS why
FROM person_nodes AS l JOIN person_nodes AS c ON c.id = l.became AND c.kind = 'contact'
UNION ALL
SELECT n.id, w.id, 'merge' FROM person_nodes AS n JOIN person_nodes AS w ON w.id = n.merged_into
"""
SHARED = """
CREATE OR REPLACE TEMP TABLE person_shared AS
SELECT c.what, c.value, count(DISTINCT g.root) AS groups
FROM person_cells AS c JOIN person_sure AS g USING (id) GROUP BY ALL HAVING groups > 1
"""
ABOUT = """
CREATE OR REPLACE TEMP TABLE person_about AS
SELECT n.id, n.kind, g.root, k.name,
       list_distinct(list_concat([n.connection], coalesce(h.held, []))) AS held,
       coalesce(e.emails, []) AS emails
FROM person_nodes AS n JOIN person_sure AS g USING (id)
LEFT JOIN person_names AS k USING (id)
LEFT JOIN (SELECT record_id AS id, list(connection) AS held FROM held_beside GROUP BY ALL) AS h USING (id)
LEFT JOIN (SELECT id, list(value) AS emails FROM person_cells WHERE what = 'email' GROUP BY ALL) AS e USING (id)
WHERE n.id IN (SELECT id FROM person_cells JOIN person_shared USING (what, value))
"""
ARE_TWO = """
a.root <> b.root AND (
    (a.id, b.id) IN (SELECT (one_id, other_id) FROM told_apart UNION ALL SELECT (other_id, one_id) FROM told_apart)
    OR (a.kind = b.kind AND list_has_any(a.held, b.held) AND a.name IS DISTINCT FROM b.name)
    OR (a.kind = b.kind AND list_has_any(a.held, b.held) AND a.name IS NULL)
    OR (a.name <> b.name AND len(a.emails) > 0 AND len(b.emails) > 0 AND NOT list_has_any(a.emails, b.emails))
)
"""
OWN = f"""
CREATE OR REPLACE TEMP TABLE person_own AS
WITH few AS (SELECT what, value FROM person_shared WHERE groups <= {MOST_HOLDERS}),
held AS (SELECT what, value, a.* FROM few JOIN person_cells USING (what, value) JOIN person_about AS a USING (id)),
sparse AS (SELECT what, value FROM held GROUP BY ALL HAVING count(*) <= {MOST_RECORDS}),
two AS (
    SELECT DISTINCT what, value
    FROM (SELECT * FROM held SEMI JOIN sparse USING (what, value)) AS a
    JOIN held AS b USING (what, value) WHERE a.id < b.id AND {ARE_TWO}
)
SELECT what, value FROM sparse ANTI JOIN two USING (what, value)
"""  # noqa: S608 - numbers and a condition of our own
JOINED = """
CREATE OR REPLACE TEMP TABLE person_edges AS
SELECT id AS one, min(id) OVER (PARTITION BY what, value) AS other, what AS why
FROM person_cells SEMI JOIN person_own USING (what, value)
UNION ALL SELECT id, root, 'sure' FROM person_sure
"""
TORN = f"""
CREATE OR REPLACE TEMP TABLE person_torn AS
WITH parts AS (SELECT j.root AS part, a.* FROM person_joined AS j JOIN person_about AS a USING (id)),
large AS (SELECT part FROM parts GROUP BY part HAVING count(*) > {MOST_RECORDS}),
small AS (SELECT * FROM parts ANTI JOIN large USING (part))
SELECT part FROM large UNION
SELECT a.part FROM small AS a JOIN small AS b ON a.part = b.part AND a.id < b.id WHERE {ARE_TWO}
"""  # noqa: S608 - a number and a condition of our own
PEOPLE = """
CREATE OR REPLACE TEMP TABLE person_people AS
SELECT id, CASE WHEN j.root IN (SELECT part FROM person_torn) THEN s.root ELSE j.root END AS person,
       row_number() OVER (ORDER BY n.created_at NULLS LAST, n.named) AS age
FROM person_joined AS j JOIN person_sure AS s USING (id) JOIN person_nodes AS n USING (id)
"""
KEYS = """
CREATE OR REPLACE TEMP TABLE person_chosen AS
WITH told AS (
    SELECT what, value, person, age, place FROM person_cells JOIN person_people USING (id)
    UNION ALL SELECT 'record', named, person, age, 0 FROM person_nodes JOIN person_people USING (id)
),
own AS (SELECT what, value FROM told GROUP BY ALL HAVING count(DISTINCT person) = 1),
mine AS (SELECT * FROM told SEMI JOIN own USING (what, value)),
ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY person ORDER BY CASE what WHEN 'phone' THEN 0 WHEN 'email' THEN 1 ELSE 2 END, age, place, value
    ) AS choice FROM mine
)
SELECT DISTINCT what, value, person, first_value(value) OVER chosen AS person_key, first_value(what) OVER chosen AS "by"
FROM ranked WINDOW chosen AS (PARTITION BY person ORDER BY choice)
"""
RESULTS = (
    """
INSERT INTO {persons}
WITH kept AS (
    SELECT p.person, e.why
    FROM (
        SELECT l.id AS one, 'conversion' AS why FROM person_nodes AS l
        WHERE l.became IN (SELECT id FROM person_nodes WHERE kind = 'contact')
        UNION ALL SELECT n.id, 'merge' FROM person_nodes AS n WHERE n.merged_into IN (SELECT id FROM person_nodes)
        UNION ALL
        SELECT c.id, c.what FROM person_cells AS c SEMI JOIN person_own USING (what, value)
        JOIN person_joined AS j USING (id) WHERE j.root NOT IN (SELECT part FROM person_torn)
    ) AS e JOIN person_people AS p ON p.id = e.one
),
reasons AS (SELECT person, string_agg(DISTINCT why, ', ' ORDER BY why) AS joined_by FROM kept GROUP BY person),
keys AS (SELECT DISTINCT person, person_key, "by" FROM person_chosen)
SELECT p.id, n.kind, k.person_key, k."by", count(*) OVER (PARTITION BY p.person), r.joined_by
FROM person_people AS p JOIN person_nodes AS n USING (id) JOIN keys AS k USING (person)
LEFT JOIN reasons AS r USING (person)
""",
    "INSERT INTO {person_keys} SELECT DISTINCT value, what, person_key FROM person_chosen",
)
STATEMENTS = (NODES, CELLS, SURE, SHARED, ABOUT, OWN, JOINED, TORN, PEOPLE, KEYS, *RESULTS)
"""What decides who is one."""
