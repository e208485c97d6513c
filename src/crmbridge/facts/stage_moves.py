"""What each stage event did to its deal, and how far each deal got: kept, so that no question has to work it out.

Both rest on the stage events, on the deals and on the stages of their pipelines alone, not on the moment of a question:
they are made anew for the deals that changed, and for all where a stage did.
"""

from collections.abc import Iterable, Mapping

import duckdb

from crmbridge.facts.statements import sql
from crmbridge.facts.tables import A_CLASS, A_MOVE, A_PRECISION, DEAL_WAYS, STAGE_MOVES, ddl

StageRow = tuple[str, str, str, int | None]
"""A stage of deals: its pipeline, its key, its class (open, won, lost, void), its rank."""

_NAME = "stage_moves"
_STAGES = """(
  SELECT pipeline, key, rank, CASE WHEN category IN ('won', 'post_sale') THEN 'won'
                                   WHEN category IN ('lost', 'void') THEN category ELSE 'open' END AS class
  FROM stages WHERE object = 'deal'
)"""
_CHANGED = "id IN (SELECT id FROM changed)"
_OLD = f"deal_no NOT IN (SELECT no FROM deals WHERE NOT {_CHANGED})"  # noqa: S608 - our own names
"""All but those of deals as they were: one that was written again has another number."""


def keep(connection: duckdb.DuckDBPyConnection, *, everything: bool = True) -> None:
    """The moves of all deals, or of those in the table `changed`, are as their events and stages say."""
    for table in (STAGE_MOVES, DEAL_WAYS):
        connection.execute(f"DELETE FROM {table} WHERE {'true' if everything else _OLD}")  # noqa: S608 - our own names
    only = {} if everything else {"only_deals": f"AND {_CHANGED}", "only_events": f"AND record_{_CHANGED}"}
    _fill(connection, _STAGES, _sole(connection), {"moves": STAGE_MOVES, "ways": DEAL_WAYS}, only)
    forget(connection)
    connection.execute("INSERT INTO facts_state VALUES (?, NULL, ?)", [_NAME, _said(connection)])


def make(connection: duckdb.DuckDBPyConnection, stages: str, sole: str | None, into: Mapping[str, str]) -> None:
    """The same for all deals, as other tables `moves` and `ways`.

    `stages` is a table (pipeline, key, class, rank), `sole` the only pipeline of deals, where there is but one.
    A bare name makes a temporary table.
    """
    for name, table in ((into["moves"], STAGE_MOVES), (into["ways"], DEAL_WAYS)):
        kind = "TABLE" if "." in name else "TEMP TABLE"
        connection.execute(ddl(table).replace(f'CREATE TABLE "{table}"', f"CREATE OR REPLACE {kind} {name}"))
    _fill(connection, stages, sole, into, {})


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """What is kept counts no more: events or deals are about to be others."""
    connection.execute("DELETE FROM facts_state WHERE name = ?", [_NAME])


def is_kept(connection: duckdb.DuckDBPyConnection, stages: Iterable[StageRow], sole: str | None) -> bool:
    """Whether what is kept was made by these stages, and by this only pipeline of deals."""
    known = connection.execute("SELECT value FROM facts_state WHERE name = ?", [_NAME]).fetchall()
    return known == [(_signature(stages, sole),)]


def rules() -> str:
    """What the moves are made by: facts made by other rules are built anew."""
    return "".join((_STAGES, *map(sql, ("spots", "stage_moves", "deal_ways"))))


def ways(rows: str) -> str:
    """The query for how far each deal got by the moves in a relation, in the order of the columns of `deal_ways`."""
    return sql("deal_ways").format(rows=rows)


def _fill(
    connection: duckdb.DuckDBPyConnection,
    stages: str,
    sole: str | None,
    into: Mapping[str, str],
    only: Mapping[str, str],
) -> None:
    types = {"a_class": A_CLASS, "a_move": A_MOVE, "a_precision": A_PRECISION}
    fragments = {"stages": stages, "only_deals": "", "only_events": "", **types, **into, **only}
    for name in ("spots", "stage_moves"):
        connection.execute(sql(name).format_map(fragments), {"sole": sole})
    connection.execute("DROP TABLE spots")
    new = f"deal_no NOT IN (SELECT deal_no FROM {into['ways']})"  # noqa: S608 - our own name
    rows = f"(SELECT *, is_final AS is_last FROM {into['moves']} WHERE {new})"  # noqa: S608 - our own names
    connection.execute(f"INSERT INTO {into['ways']} {ways(rows)}")


def _said(connection: duckdb.DuckDBPyConnection) -> str:
    stages = connection.execute(f"SELECT pipeline, key, class, rank FROM {_STAGES}").fetchall()  # noqa: S608 - our own name
    return _signature(stages, _sole(connection))


def _sole(connection: duckdb.DuckDBPyConnection) -> str | None:
    found = connection.execute("SELECT id FROM pipelines WHERE object = 'deal' LIMIT 2").fetchall()
    return found[0][0] if len(found) == 1 else None


def _signature(stages: Iterable[StageRow], sole: str | None) -> str:
    return repr((sorted(stages, key=lambda stage: stage[:2]), sole))
