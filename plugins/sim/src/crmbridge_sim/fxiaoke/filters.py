"""Filters and orders of a query as SQL (dossier 3.1). Filters are ANDed; ``field_values`` is always a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbridge_sim.fxiaoke import errors, values
from crmbridge_sim.fxiaoke.schema import LISTS, Field, Obj
from crmbridge_sim.fxiaoke.store import DERIVED, quoted

if TYPE_CHECKING:
    from crmbridge_sim.fxiaoke.context import Ctx

COMPARISONS = {"GT": ">", "GTE": ">=", "LT": "<", "LTE": "<="}
SETS = {"IN": False, "NIN": True, "EQ": False, "N": True}
PATTERNS = {"LIKE": "%{}%", "NLIKE": "%{}%", "STARTWITH": "{}%", "ENDWITH": "%{}"}
RANGES = {"BETWEEN": False, "NBETWEEN": True}
MEMBERS = {"CONTAINS": False, "HASANYOF": False, "NHASANYOF": True}
NULLS = {"IS": False, "ISN": True}
OPERATORS = frozenset({*COMPARISONS, *SETS, *PATTERNS, *RANGES, *MEMBERS, *NULLS})


@dataclass
class Where:
    """Conditions and their values; ``fields`` are the fields that were asked about."""

    parts: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)

    def add(self, sql: str, found: Sequence[Any] = ()) -> None:
        """Adds a condition."""
        if sql:
            self.parts.append(sql)
            self.values.extend(found)

    @property
    def sql(self) -> str:
        """The WHERE clause, empty when there is none."""
        return f" WHERE {' AND '.join(self.parts)}" if self.parts else ""


def read(ctx: Ctx, obj: Obj, sent: object) -> Where:
    """The conditions of ``filters``."""
    where = Where()
    if sent is None:
        return where
    if not isinstance(sent, list):
        raise errors.wrong("filters 必须是数组")
    for one in sent:
        if not isinstance(one, dict):
            raise errors.wrong("filters 的元素必须是对象")
        _read_one(ctx, obj, one, where)
    return where


def _read_one(ctx: Ctx, obj: Obj, one: Mapping[str, Any], where: Where) -> None:
    name, operator, sent = one.get("field_name"), one.get("operator"), one.get("field_values")
    lenient = ctx.switches.text("unknown_filter") == "ignore"
    if not isinstance(operator, str) or operator not in OPERATORS:
        if lenient:
            return
        raise errors.wrong(f"不支持的操作符: {operator}")
    if not isinstance(name, str) or name not in obj or (name in DERIVED and name != "_id"):
        if lenient:
            return
        raise errors.wrong(f"字段不存在: {name}")
    if not isinstance(sent, list):
        raise errors.wrong(f"{name} 的 field_values 必须是数组")
    asked = obj[name]
    if asked.type == "related_list" and ctx.switches.text("related_filter") != "works":
        if ctx.switches.text("related_filter") == "ignore":
            return
        raise errors.wrong(f"{name} 不支持筛选")
    where.fields.add(name)
    where.add(*_condition(ctx, asked, operator, sent))


def _condition(ctx: Ctx, asked: Field, operator: str, sent: list[Any]) -> tuple[str, list[Any]]:
    column = quoted(asked.api_name)
    empty = f"coalesce({column}, '') IN ('', '[]')"
    if operator in NULLS:
        return (f"NOT {empty}" if NULLS[operator] else empty), []
    if not sent:
        raise errors.wrong(f"{asked.api_name} 的 field_values 不能为空")
    if operator in PATTERNS:
        return _pattern(column, operator, str(sent[0]))
    found = [values.wanted(ctx, asked, one) for one in sent]
    if operator in COMPARISONS:
        return f"({column} IS NOT NULL AND {column} {COMPARISONS[operator]} ?)", found[:1]
    if operator in RANGES:
        if len(found) != 2:  # noqa: PLR2004  # from and to
            raise errors.wrong(f"{operator} 需要两个值")
        word = "NOT BETWEEN" if RANGES[operator] else "BETWEEN"
        return f"({column} IS NOT NULL AND {column} {word} ? AND ?)", found
    if operator in MEMBERS or asked.type in LISTS:
        negative = MEMBERS.get(operator, SETS.get(operator, False))
        some = " OR ".join([f"instr({column}, ?) > 0"] * len(found))
        members = [f'"{one}"' for one in found]
        return (f"({column} IS NULL OR NOT ({some}))" if negative else f"({some})"), members
    return _set(ctx, column, operator, found)


def _pattern(column: str, operator: str, text: str) -> tuple[str, list[Any]]:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    value = PATTERNS[operator].format(escaped)
    if operator == "NLIKE":
        return f"({column} IS NULL OR {column} NOT LIKE ? ESCAPE '\\')", [value]
    return f"{column} LIKE ? ESCAPE '\\'", [value]


def _set(ctx: Ctx, column: str, operator: str, found: list[Any]) -> tuple[str, list[Any]]:
    if operator in {"EQ", "N"}:
        found = found[:1]
    marks = ", ".join("?" * len(found))
    if not SETS[operator]:
        return f"{column} IN ({marks})", found
    if operator == "N" or ctx.switches.flag("not_in_finds_empty"):  # dossier 3.1: N also returns nulls
        return f"({column} IS NULL OR {column} NOT IN ({marks}))", found
    return f"({column} IS NOT NULL AND {column} NOT IN ({marks}))", found


def order(ctx: Ctx, obj: Obj, sent: object) -> str:
    """The ORDER BY clause; without orders the newest change comes first, a guess of ours."""
    if not sent:
        return " ORDER BY last_modified_time DESC, _id DESC"
    if not isinstance(sent, list):
        raise errors.wrong("orders 必须是数组")
    parts: list[str] = []
    for one in sent:
        name = one.get("fieldName") if isinstance(one, dict) else None
        if not isinstance(name, str) or name not in obj or (name in DERIVED and name != "_id"):
            if ctx.switches.text("unknown_filter") == "ignore":
                continue
            raise errors.wrong(f"排序字段不存在: {name}")
        rising = one.get("isAsc", True) in (True, "true", "True", 1)  # texts are seen to work (dossier 3.1)
        parts.append(f"{quoted(name)} {'ASC' if rising else 'DESC'}")
    if not ctx.switches.flag("second_order"):
        parts = [*parts[:1], "substr(_id, -3)", "_id DESC"]  # ties come in an order nobody can use
    return f" ORDER BY {', '.join(parts)}" if parts else ""
