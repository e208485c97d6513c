"""The deals of a company as they stood at one moment, worked out once in DuckDB for every figure of a report.

Each query stands in its own file under `sql/`. Tables made here are temporary and belong to one cursor, so two reports
never see each other's.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import blake2s
from importlib.resources import files
from typing import Any, cast
from zoneinfo import ZoneInfo

import duckdb

from crmbridge.facts import stage_moves, tables
from crmbridge.facts.store import Facts
from crmbridge.model.currencies import KNOWN
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.moves import state_class
from crmbridge.services.sharing import SharedFacts

_COMMENT = re.compile(r"--[^\n]*")
_PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)")
_OF_DEALS = re.compile(r"\bsvc_(?:way|states|visits)\b")
_STATE_TABLES = {
    "states": "svc_states",
    "ages": "svc_ages",
    "surveys": "svc_surveys",
    "touched": "svc_touched",
    "account_touches": "svc_account_touches",
    "customers": "svc_customers",
    "forecast": "svc_forecast",
    "purchases_orders": "svc_purchases",
    "purchases_deals": "svc_purchases",
}
_FIRST, _LAST = datetime(1992, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_MACROS = ("span_us", "stats", "amount", "total", "two_way")
_A_STATE = f"ENUM{(*tables.CLASSES, 'unknown')}"
_STAGES = """CREATE OR REPLACE TEMP TABLE svc_stages (
  pipeline VARCHAR, key VARCHAR, class VARCHAR, rank SMALLINT, sla_days BIGINT, sla_unit VARCHAR,
  sla_clock VARCHAR)"""
_STAGE_ROWS = f"""INSERT INTO svc_stages SELECT {
    ", ".join(f"unnest(?::{of}[])" for of in ("VARCHAR", "VARCHAR", "VARCHAR", "INT", "INT", "VARCHAR", "VARCHAR"))
}"""
"""One statement for all rows: DuckDB takes longer to prepare one than to write a row."""


class World:
    """A cursor over the facts, and the parameters that its queries take.

    The state of every deal at `cut` is worked out when the first query asks for it.
    """

    def __init__(
        self,
        facts: Facts,
        pipelines: Sequence[Pipeline],
        *,
        cut: datetime,
        calendar: str | None = None,
    ) -> None:
        self.facts = facts
        self.pipelines = {pipeline.id: pipeline for pipeline in pipelines if pipeline.object == "deal"}
        self._cursor = facts.connection.cursor()
        self._cursor.execute("SET TimeZone = 'UTC'")
        self.parameters: dict[str, object] = {
            "cut": naive(cut),
            "zone": str(facts.zone),
            "currency": facts.currency,
            "currencies": sorted(KNOWN | {facts.currency}),
            "sole": next(iter(self.pipelines)) if len(self.pipelines) == 1 else None,
            "calendar": calendar or self._sole_calendar(),
        }
        self._own = dict(self.parameters)
        self._there: set[str] = set()
        self._moves_in: dict[str, str] = {}
        self.run("day", _distances(facts.zone))
        for macro in _MACROS:
            self.run(macro)
        self._write_stages()
        self._moment = (self.parameters["cut"], self.parameters["calendar"], self.pipelines)

    def run(self, name: str, fragments: Mapping[str, str] | None = None, **more: object) -> duckdb.DuckDBPyConnection:
        """The named query is executed with those of the parameters that it names."""
        sql = text(name)
        if fragments:
            sql = sql.format_map(fragments)
        told = _COMMENT.sub("", sql)
        self._want_deals(told)
        known = self.parameters | more
        return self._cursor.execute(sql, {parameter: known[parameter] for parameter in set(_PARAMETER.findall(told))})

    def rows(self, name: str, fragments: Mapping[str, str] | None = None, **more: object) -> list[dict[str, Any]]:
        """The rows of the named query as mappings from column to value."""
        names, rows = self.table(name, fragments, **more)
        return [dict(zip(names, row, strict=True)) for row in rows]

    def table(
        self, name: str, fragments: Mapping[str, str] | None = None, **more: object
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The columns of the named query, and its rows: where there are many of which few are looked at."""
        result = self.run(name, fragments, **more)
        return [column[0] for column in result.description or ()], result.fetchall()

    def rows_once(self, name: str, fragments: Mapping[str, str]) -> list[dict[str, Any]]:
        """The rows of a query that rests on the facts and the moment alone; shared facts are asked once."""
        if not isinstance(self.facts, SharedFacts):
            return self.rows(name, fragments)
        statement = text(name).format_map(fragments)
        found: list[dict[str, Any]] = self.facts.state_at(self._moment).once(
            statement, lambda: self.rows(name, fragments)
        )
        return found

    def tuples(self, name: str, fragments: Mapping[str, str] | None = None, **more: object) -> list[tuple[Any, ...]]:
        """The rows of the named query."""
        return self.run(name, fragments, **more).fetchall()

    def make(self, query: str, *rests_on: str) -> None:
        """The table that a query makes is there; shared facts make it once for a moment.

        `rests_on` names the parameters that it depends on beside the moment, the calendar and the pipelines.
        """
        table = _STATE_TABLES[query]
        if not isinstance(self.facts, SharedFacts):
            self._fill(query, f"TEMP TABLE {table}")
            return
        said = repr([self.parameters[name] for name in rests_on])
        held = f"svc_{query}_{blake2s(said.encode(), digest_size=8).hexdigest()}" if rests_on else table
        state = self.facts.state_at(self._moment)
        made = state.make(held, lambda name: self._fill(query, f"TABLE {name}"))
        self._cursor.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS FROM {made}")

    def _fill(self, query: str, made: str) -> None:
        if query == "states":
            kept = self._moves()
            self.run("states_earlier", kept | {"earlier_ways": stage_moves.ways("earlier")}, **self._own)
            self.run("states_spells", kept, **self._own)
            self.run("states", kept | {"made": made, "a_state": _A_STATE}, **self._own)
        else:
            if query == "surveys":
                self.run("surveys_talking")
            self.run(query, {"made": made, "visits_of_turning": text("visits").format(way="turning")})

    def _want_deals(self, statement: str) -> None:
        """What a statement names of the way, the states and the visits of deals is there: many ask for none."""
        for table in _OF_DEALS.findall(statement):
            if table not in self._there:
                self._there.add(table)
                if table == "svc_states":
                    self.make("states")
                elif table == "svc_way":
                    self.run("way", {"cut": f"TIMESTAMP '{self._own['cut']}'"} | self._moves())
                else:
                    visits = text("visits").format(way="svc_way")
                    self._want_deals(visits)
                    self._cursor.execute(f"CREATE OR REPLACE TEMP VIEW svc_visits AS {visits}")

    def _moves(self) -> dict[str, str]:
        """Where the moves and ways of all deals are: in the facts, if those are of these pipelines, or made here."""
        if self._moves_in:
            return self._moves_in
        stages = self._cursor.execute("SELECT pipeline, key, class, rank FROM svc_stages").fetchall()
        sole = cast("str | None", self._own["sole"])
        made = {"moves": "svc_moves", "ways": "svc_ways"}
        if stage_moves.is_kept(self._cursor, stages, sole):
            made = {"moves": tables.STAGE_MOVES, "ways": tables.DEAL_WAYS}
        elif isinstance(self.facts, SharedFacts):
            state = self.facts.state_at(self._moment)
            made = {key: f"{state.schema}.{name}" for key, name in made.items()}
            state.make("svc_moves", lambda _: stage_moves.make(self._cursor, "svc_stages", sole, made))
        else:
            stage_moves.make(self._cursor, "svc_stages", sole, made)
        self._moves_in = made
        return made

    def sql(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a statement composed by a service out of its own registry."""
        self._want_deals(statement)
        return self._cursor.execute(statement, parameters).fetchall()

    def _sole_calendar(self) -> str | None:
        found = self._cursor.execute("SELECT DISTINCT calendar FROM calendar_days ORDER BY 1 LIMIT 2").fetchall()
        return found[0][0] if len(found) == 1 else None

    def _write_stages(self) -> None:
        self._cursor.execute(_STAGES)
        rows = [
            (
                pipeline.id,
                stage.key,
                state_class(stage.category),
                pipeline.rank(stage.key),
                stage.sla_days,
                stage.sla_unit,
                stage.sla_clock,
            )
            for pipeline in self.pipelines.values()
            for stage in pipeline.stages
        ]
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._cursor.execute(_STAGE_ROWS, columns)


@cache
def _distances(zone: ZoneInfo) -> Mapping[str, str]:
    """The least and the greatest distance of a zone from UTC in seconds, and the years for which they hold."""
    days = ((_FIRST + timedelta(days=n)).astimezone(zone) for n in range(-1, (_LAST - _FIRST).days + 2))
    found = {round((day.utcoffset() or timedelta()).total_seconds()) for day in days}
    return {"least": f"{min(found)}", "greatest": f"{max(found)}", "first": f"{_FIRST:%F}", "last": f"{_LAST:%F}"}


@cache
def text(name: str) -> str:
    """The text of a query under `sql/`."""
    return (files(__package__) / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def naive(instant: datetime) -> datetime:
    """An aware instant as DuckDB keeps it: UTC without a zone. A naive one is our own bug: ValueError."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return instant.astimezone(UTC).replace(tzinfo=None)


def quarter_start(day: date, back: int = 0) -> date:
    """The first day of the calendar quarter of a date, or of the one `back` quarters before it."""
    index = day.year * 4 + (day.month - 1) // 3 - back
    return date(index // 4, index % 4 * 3 + 1, 1)
