"""COQL queries answered from the store; every limit was checked when the query was read."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from crmbridge_sim.zoho import views
from crmbridge_sim.zoho.coql.query import Column, Query
from crmbridge_sim.zoho.errors import ApiError
from crmbridge_sim.zoho.json_values import Convert, number_json, text_json
from crmbridge_sim.zoho.predicate import Condition, Malformed, Operator, Predicate, conditions
from crmbridge_sim.zoho.projection import Projection
from crmbridge_sim.zoho.schema import Module
from crmbridge_sim.zoho.sql import Column as Found
from crmbridge_sim.zoho.sql import Manner, NoSuchColumn, Statement, WrongValue
from crmbridge_sim.zoho.store import quoted

if TYPE_CHECKING:
    from crmbridge_sim.zoho.context import Ctx

# A range on a time is walked along its index only when it holds few rows; else along the ids, which need no sort.
FEW_ROWS = 20_000
_RANGES = frozenset({Operator.GREATER_THAN, Operator.GREATER_EQUAL, Operator.BETWEEN})


def run(ctx: Ctx, query: Query) -> tuple[str, int, bool]:
    """The rows as the inside of a JSON array, how many there are, and whether there are more."""
    module, view = _source(ctx, query.source)
    try:
        return _Runner(ctx, module, query).answer(view)
    except NoSuchColumn as error:
        raise Malformed("INVALID_QUERY", "column given seems to be invalid", column_name=error.path) from error
    except WrongValue as error:
        raise Malformed(
            "INVALID_QUERY",
            "value given seems to be invalid for the column",
            column_name=error.path,
            expected_data_type=error.data_type,
        ) from error


def _source(ctx: Ctx, name: str) -> tuple[Module, str]:
    """The module of FROM and the SQL of a view; a custom view's id may stand for both since v7 (KZ#183)."""
    if name.isdigit():
        for module in ctx.schema:
            with suppress(ApiError):
                return ctx.module(module.api_name), views.view_filter(ctx, module, name)
    if name not in ctx.schema or not ctx.schema[name].api_supported:
        raise Malformed("INVALID_MODULE", "the module name given seems to be invalid", module=name)
    return ctx.module(name), "1"


class _Runner:
    def __init__(self, ctx: Ctx, module: Module, query: Query) -> None:
        self.ctx, self.module, self.query = ctx, module, query
        manner = Manner.of(ctx.switches, ctx.zone)
        self.statement = Statement(ctx.store, module, manner)

    def answer(self, view: str) -> tuple[str, int, bool]:
        """Runs the statement within a view; one row more than asked for tells whether there are more."""
        query, statement = self.query, self.statement
        self._refuse_long_text(query.where)
        projection = Projection(self._columns())
        self._choose_walk()
        where = f"({statement.where(query.where)}) AND {view}"
        if self.module.api_name == "Leads" and not self.ctx.switches.flag("coql_sees_converted"):
            where += " AND t.Converted__s IS NOT 1"
        tail = self._group() + self._order()  # may join more, so before the source is written
        sql = f"SELECT {projection.sql} {statement.source} WHERE {where}{tail} LIMIT ? OFFSET ?"
        rows = self.ctx.store.db.execute(sql, (*statement.params, query.limit + 1, query.offset)).fetchall()
        kept = rows[: query.limit]
        return projection.rows(kept), len(kept), len(rows) > query.limit

    def _columns(self) -> list[tuple[str, str, Convert]]:
        """What is selected; `id` is always there unless rows are grouped."""
        asked: list[Column] = list(self.query.columns)
        grouped = bool(self.query.group) or any(column.function for column in asked)
        if grouped:
            self._check_groups(asked)
        elif all(column.name != "id" for column in asked):
            asked.append(Column("id"))
        return [self._column(column) for column in asked]

    def _check_groups(self, asked: Iterable[Column]) -> None:
        for column in asked:
            if column.function is None and column.path not in self.query.group:
                raise Malformed(
                    "INVALID_QUERY", "invalid query formed", column_name=column.path, reason="column is not grouped"
                )

    def _column(self, column: Column) -> tuple[str, str, Convert]:
        found = self.statement.column(column.path)
        if column.function is None:
            return column.name, found.sql, self._convert(found)
        if column.function == "count":
            return column.name, f"count({found.sql})", number_json
        numeric = found.field.storage in {"int", "number"}
        if column.function in {"sum", "avg"}:
            if not numeric:
                raise Malformed(
                    "INVALID_QUERY", "data type not supported", column_name=column.path, data_type=found.field.data_type
                )
            return column.name, f"{column.function}({found.sql})", number_json
        return column.name, f"{column.function}({found.sql})", self._convert(found)

    def _convert(self, found: Found) -> Convert:
        """Lookups as `{"id"}`; names stand beside only where a switch says so (dossier 2.8: `"name"?`)."""
        storage = found.field.storage
        if found.sql.endswith(".id"):
            return lambda value: "null" if value is None else f'"{value}"'
        if storage in {"ref", "user"}:
            with_name = self.ctx.switches.flag("coql_lookup_names")
            return self._user_json if storage == "user" and with_name else self._lookup_json(found, names=with_name)
        if storage == "text" and found.module.field_of(found.field.api_name) is None:
            return text_json
        return self.ctx.projector.converter(found.field, found.module, self.ctx.zone)

    def _user_json(self, value: Any) -> str:  # noqa: ANN401 -- a stored value
        return self.ctx.people.lookup_json(value)

    def _lookup_json(self, found: Found, *, names: bool) -> Convert:
        target = found.field.lookup

        def write(value: Any) -> str:  # noqa: ANN401 -- a stored value
            if value is None:
                return "null"
            if not names or target not in self.ctx.schema:
                return f'{{"id":"{value}"}}'
            return f'{{"name":{text_json(self.ctx.store.display(target, value))},"id":"{value}"}}'

        return write

    def _refuse_long_text(self, predicate: Predicate) -> None:
        """Multi-line texts cannot be asked about (DOC3 limitations; dossier 2.8)."""
        for condition in conditions(predicate):
            found = self.statement.column(condition.path)
            if found.field.data_type == "textarea":
                raise Malformed(
                    "INVALID_QUERY", "data type not supported", column_name=condition.path, data_type="textarea"
                )

    def _choose_walk(self) -> None:
        """Decides between the index of a time and the ids for `Modified_Time >= T and id > X order by id`."""
        if [key.name for key in self.query.order] != ["id"]:
            return
        for condition in _together(self.query.where):
            if condition.operator not in _RANGES or condition.path not in {"Modified_Time", "Created_Time"}:
                continue
            found = self.statement.column(condition.path)
            start = self.statement.bind(found, condition.path, condition.values[0])
            count = self.ctx.store.db.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {quoted(self.module.api_name)} t"
                f" WHERE {found.sql} >= ? LIMIT {FEW_ROWS})",
                (start,),
            ).fetchone()[0]
            if count >= FEW_ROWS:
                self.statement.unindexed.add(condition.path)

    def _group(self) -> str:
        if not self.query.group:
            return ""
        return " GROUP BY " + ", ".join(self.statement.column(path).sql for path in self.query.group)

    def _order(self) -> str:
        keys = []
        named = {column.name: column for column in self.query.columns}
        for key in self.query.order:
            column = named.get(key.name)
            if column is not None and (column.alias is not None or column.function is not None):
                keys.append(self._column(column)[1] + (" DESC" if key.descending else ""))
            else:
                keys.append(self.statement.order(key.name, descending=key.descending))
        return " ORDER BY " + ", ".join(keys) if keys else ""


def _together(predicate: Predicate) -> list[Condition]:
    """The conditions that must all hold: those on the topmost ands."""
    if isinstance(predicate, Condition):
        return [predicate]
    if predicate.word != "and":
        return []
    return [condition for part in predicate.parts for condition in _together(part)]
