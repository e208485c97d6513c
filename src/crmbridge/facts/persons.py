"""Which contacts and leads are one person: a key that a lead, a contact and another system's copy of it share.

    surely one    what a lead was converted to; what was merged; what two systems hold as one record (that is one row)
    one           who has the same telephone number, or the same address, that is nobody else's
    two           what a person has said are two; records of a kind in one system without the same name; different
                  names with different addresses

A number that two have who are two (a switchboard's), that more than ten have, and an address like info@ join nobody and
are nobody's key. Where what is the same would join, over others, two who are two, nobody among them is joined by it.
The key is the first number of the oldest record, else its first address, else its own name in its system, of those that
nobody else has. It does not depend on the order in which anything was read. A suggestion joins nobody, until a person
has accepted it.
"""

from datetime import datetime

import duckdb

from crmbridge.facts import person_rules as rules
from crmbridge.facts import tables
from crmbridge.facts.source import LEADING_ROW, STREAM, Source
from crmbridge.model.kinds import ColumnType
from crmbridge.model.names import name_key
from crmbridge.model.own_keys import E164, EVERYBODYS

KINDS = frozenset({"contact", "lead"})
_READ = (
    (
        tables.HELD_BESIDE,
        ("record_id", "connection"),
        (
            "FROM (SELECT DISTINCT l.record_id, c.name AS connection FROM link AS l"
            " JOIN stream AS s ON s.id = l.stream_id JOIN connection AS c ON c.id = s.connection_id WHERE l.extra = 1"
            " AND (EXISTS (SELECT 1 FROM contact AS k WHERE k.id = l.record_id)"
            " OR EXISTS (SELECT 1 FROM lead AS k WHERE k.id = l.record_id))) AS beside"
        ),
    ),
    (
        tables.TOLD_APART,
        ("one_id", "other_id"),
        (
            "FROM (SELECT left_record AS one_id, right_record AS other_id FROM likeness"
            " WHERE state = 'refused' AND kind IN ('contact', 'lead')) AS told"
        ),
    ),
)
RULES = (*rules.STATEMENTS, E164, *sorted(EVERYBODYS))
"""What decides who is one; facts by other rules are built anew."""


def read(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Takes from the ledger which systems hold a record beside its first, and which two people say are two.

    Who is one is worked out when it is asked for: what was worked out before counts no more.
    """
    connection.execute("DELETE FROM facts_state WHERE name = 'persons'")
    for table, columns, tail in _READ:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own name
        with source.stream(connection, [(name, ColumnType.TEXT) for name in columns], tail):
            names = ", ".join(columns)
            connection.execute(f"INSERT INTO {table} SELECT {names} FROM {STREAM} WHERE {LEADING_ROW} = 0")  # noqa: S608 - our own names


def ensure(connection: duckdb.DuckDBPyConnection) -> None:
    """`persons` and `person_keys` say who is one now; nothing is worked out again that has not changed."""
    if connection.execute("SELECT 1 FROM facts_state WHERE name = 'persons'").fetchall():
        return
    connection.execute("BEGIN")
    try:
        write(connection)
        connection.execute("INSERT INTO facts_state VALUES ('persons', NULL, 'worked out')")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def write(
    connection: duckdb.DuckDBPyConnection,
    *,
    persons: str = tables.PERSONS,
    person_keys: str = tables.PERSON_KEYS,
    cut: datetime | None = None,
) -> None:
    """Works out who is one, into two tables that are emptied first; `cut` (UTC, naive) as it was known then.

    As of a cut, what was there later is left out, and no lead is converted that was not yet.
    """
    is_known, has_become = ("TRUE", rules.BECOME) if cut is None else (rules.KNOWN_THEN, rules.BECOME_THEN)
    nodes = rules.NODES.format(is_known=is_known, has_become=has_become)
    connection.execute(nodes, None if cut is None else {"cut": cut})
    for table in (persons, person_keys):
        connection.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the caller's own table
    if not connection.execute("SELECT 1 FROM person_nodes LIMIT 1").fetchall():
        connection.execute("DROP TABLE person_nodes")
        return
    connection.execute(rules.CELLS, {"e164": E164, "everybodys": sorted(EVERYBODYS)})
    connection.execute(rules.SURE)
    _components(connection, "person_sure")
    connection.execute(rules.SHARED)
    _write_names(connection)
    for statement in (rules.ABOUT, rules.OWN, rules.JOINED):
        connection.execute(statement)
    _components(connection, "person_joined")
    for statement in (rules.TORN, rules.PEOPLE, rules.KEYS):
        connection.execute(statement)
    for statement in rules.RESULTS:
        connection.execute(statement.format(persons=f'"{persons}"', person_keys=f'"{person_keys}"'))
    for name in ("nodes", "cells", "edges", "sure", "shared", "names", "about", "own", "joined", "torn", "people"):
        connection.execute(f"DROP TABLE person_{name}")
    connection.execute("DROP TABLE person_chosen")


def _components(connection: duckdb.DuckDBPyConnection, into: str) -> None:
    """Each record with the least id of all that are one with it over the edges."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {into} AS SELECT id, id AS root FROM person_nodes")  # noqa: S608 - our own name
    if not connection.execute("SELECT 1 FROM person_edges WHERE one <> other LIMIT 1").fetchall():
        return
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE person_both AS SELECT one, other FROM person_edges WHERE one <> other"
        " UNION SELECT other, one FROM person_edges WHERE one <> other"
    )
    while True:
        lower = (
            f"SELECT b.one AS id, min(t.root) AS root FROM person_both AS b JOIN {into} AS t ON t.id = b.other"  # noqa: S608 - our own name
            " GROUP BY b.one"
        )
        moved = connection.execute(
            f"UPDATE {into} SET root = n.root FROM ({lower}) AS n WHERE n.id = {into}.id AND n.root < {into}.root"  # noqa: S608 - our own name
        ).fetchall()
        if not moved or not moved[0][0]:
            break
        connection.execute(  # what points at a record that points on points there at once
            f"UPDATE {into} SET root = n.root FROM {into} AS n WHERE n.id = {into}.root AND n.root < {into}.root"  # noqa: S608 - our own name
        )
    connection.execute("DROP TABLE person_both")


def _write_names(connection: duckdb.DuckDBPyConnection) -> None:
    """How the names compare of those who share anything."""
    found = connection.execute(
        "SELECT DISTINCT id, name FROM person_nodes SEMI JOIN"
        " (SELECT id FROM person_cells SEMI JOIN person_shared USING (what, value)) AS s USING (id)"
        " WHERE trim(name) <> ''"
    ).fetchall()
    connection.execute("CREATE OR REPLACE TEMP TABLE person_names (id VARCHAR, name VARCHAR)")
    _put(connection, "person_names", [(record_id, key) for record_id, name in found if (key := name_key(name))])


def _put(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[str, ...]]) -> None:
    if rows:
        ones, others = zip(*rows, strict=True)
        connection.execute(f"INSERT INTO {table} SELECT unnest($one), unnest($other)", {"one": ones, "other": others})
