"""Predicates of the three query languages as SQL over the store; paths over lookups become joins.

The base table is `t`, so that a compiled projection can stand in front. What a language does not allow it refuses
before; here only fields that do not exist and values that do not fit are found, and each language words that itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from crmbridge_sim.zoho import times
from crmbridge_sim.zoho.people import People
from crmbridge_sim.zoho.predicate import Condition, Group, Operator, Predicate, Value
from crmbridge_sim.zoho.schema import UNSET, Field, Module
from crmbridge_sim.zoho.store import Store, quoted
from crmbridge_sim.zoho.switches import Switches

Bound = str | int | float | None

_ID = Field("id", "bigint")
_MOST_INT = 2**63 - 1
_MOST_DIGITS = 300  # a float ends there
_FRACTION = re.compile(r"T\d\d:\d\d:\d\d\.\d")
_SIGNS = {
    Operator.EQUAL: "=",
    Operator.NOT_EQUAL: "<>",
    Operator.LESS_THAN: "<",
    Operator.LESS_EQUAL: "<=",
    Operator.GREATER_THAN: ">",
    Operator.GREATER_EQUAL: ">=",
}
_PATTERNS = {
    Operator.CONTAINS: "%{}%",
    Operator.NOT_CONTAINS: "%{}%",
    Operator.STARTS_WITH: "{}%",
    Operator.ENDS_WITH: "%{}",
}
_NEGATIVE = frozenset(
    {Operator.NOT_EQUAL, Operator.NOT_IN, Operator.NOT_LIKE, Operator.NOT_CONTAINS, Operator.NOT_BETWEEN}
)
# What a path over a user may ask for (Owner.email, Owner.last_name; dossier 2.8, 2.9).
USER_FIELDS = ("id", "email", "first_name", "last_name", "full_name", "name", "status")


class NoSuchColumn(Exception):
    """A path names no field of the module."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class WrongValue(Exception):
    """A value is not of the field's type."""

    def __init__(self, path: str, value: Value, data_type: str) -> None:
        super().__init__(path, value)
        self.path, self.value, self.data_type = path, value, data_type


@dataclass(frozen=True, slots=True)
class Column:
    """A found path: its SQL, its field, and the module the field is of."""

    sql: str
    field: Field
    module: Module


@dataclass(frozen=True, slots=True)
class Manner:
    """How a language compares; the defaults are COQL's."""

    zone: str = "UTC"
    equal_is_contains: bool = False  # the search index on texts (DOC7:search)
    ignores_case: bool = True
    not_equal_finds_empty: bool = False
    fractions: bool = True  # bulk read refuses milliseconds (DOC7)

    @classmethod
    def of(cls, switches: Switches, zone: str, *, equal_is_contains: bool = False, fractions: bool = True) -> Manner:
        """The manner of a language under the switches in force."""
        return cls(
            zone,
            equal_is_contains,
            switches.flag("text_ignores_case"),
            switches.flag("not_equal_finds_empty"),
            fractions,
        )


def user_attribute(people: People) -> Callable[[int | None, str], str | None]:
    """The function `crm_user(id, attribute)` of the store, for paths over users."""

    def read(user_id: int | None, attribute: str) -> str | None:
        user = people.get(user_id) if user_id is not None else None
        if user is None:
            return None
        return str(getattr(user, "full_name" if attribute == "name" else attribute))

    return read


class Statement:
    """FROM, WHERE and ORDER BY of one statement, with its parameters in the order they are written."""

    def __init__(self, store: Store, module: Module, manner: Manner) -> None:
        self.store, self.module, self.manner = store, module, manner
        self.params: list[Bound] = []
        self.unindexed: set[str] = set()
        self._joins: dict[str, str] = {}

    @property
    def source(self) -> str:
        """The FROM clause with the joins asked for so far."""
        return " ".join([f"FROM {quoted(self.module.api_name)} t", *self._joins.values()])

    def column(self, path: str) -> Column:
        """The column of a path; joins what the path walks over."""
        alias, module = "t", self.module
        *lookups, name = path.split(".")
        for depth, step in enumerate(lookups):
            field = module.field_of(step)
            if field is None or not field.visible:
                raise NoSuchColumn(path)
            if field.storage == "user" and depth == len(lookups) - 1 and name in USER_FIELDS:
                return Column(f"crm_user({alias}.{quoted(step)}, '{name}')", Field(name, "text"), module)
            if field.storage != "ref" or field.lookup not in self.store.schema:
                raise NoSuchColumn(path)
            alias, module = self._join(alias, step, field), self.store.schema[field.lookup]
        if name == "id":
            return Column(f"{alias}.id", _ID, module)
        found = module.field_of(name)
        if found is None or not found.visible:
            raise NoSuchColumn(path)
        stored = f"{alias}.{quoted(name)}"
        return Column(f"coalesce({stored}, '{UNSET[name]}')" if name in UNSET else stored, found, module)

    def _join(self, alias: str, step: str, field: Field) -> str:
        joined = f"{alias}_{len(self._joins)}"
        key = f"{alias}.{step}"
        for number, known in enumerate(self._joins):
            if known == key:
                return f"{alias}_{number}"
        self._joins[key] = f"LEFT JOIN {quoted(field.lookup)} {joined} ON {joined}.id = {alias}.{quoted(step)}"
        return joined

    def where(self, predicate: Predicate) -> str:
        """The predicate as SQL; parameters are added."""
        if isinstance(predicate, Condition):
            return self._condition(predicate)
        keyset = self._keyset(predicate)
        if keyset is not None:
            return keyset
        return "(" + f" {predicate.word.upper()} ".join(self.where(part) for part in predicate.parts) + ")"

    def _keyset(self, group: Group) -> str | None:
        """`(M > T) or (M = T and id > X)` as a pair, which SQLite walks along the index (dossier 2.8)."""
        match group:
            case Group(
                "or",
                (
                    Condition(path, Operator.GREATER_THAN, (value,)),
                    Group(
                        "and",
                        (
                            Condition(twin, Operator.EQUAL, (again,)),
                            Condition("id", Operator.GREATER_THAN, (after,)),
                        ),
                    ),
                ),
            ) if (path, value) == (twin, again):
                column = self.column(path)
                if column.field.storage in {"instant", "int", "number"}:
                    self.params += [self.bind(column, path, value), self.bind_id(after)]
                    return f"({column.sql}, t.id) > (?, ?)"
        return None

    def order(self, path: str, *, descending: bool) -> str:
        """One key of ORDER BY."""
        column = self.column(path)
        collate = " COLLATE NOCASE" if self._is_text(column) else ""
        return f"{column.sql}{collate}" + (" DESC" if descending else "")

    def _condition(self, condition: Condition) -> str:
        column = self.column(condition.path)
        if column.field.storage == "json":
            return self._inside(column, condition)
        operator = condition.operator
        if operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
            return f"{column.sql} IS {'NOT ' if operator is Operator.IS_NOT_NULL else ''}NULL"
        test = self._test(column, condition)
        if operator in _NEGATIVE and self.manner.not_equal_finds_empty:
            return f"({test} OR {column.sql} IS NULL)"
        return test

    def _test(self, column: Column, condition: Condition) -> str:
        operator, values, path = condition.operator, condition.values, condition.path
        pattern = self._pattern(column, operator, str(values[0])) if self._is_text(column) else None
        if pattern is not None:
            self.params.append(pattern)
            return f"{column.sql} {'NOT ' if operator in _NEGATIVE else ''}LIKE ? ESCAPE '\\'"
        bound = [self.bind(column, path, value) for value in values]
        self.params += bound
        sql = f"+{column.sql}" if path in self.unindexed else column.sql
        collate = " COLLATE NOCASE" if self._is_text(column) and self.manner.ignores_case else ""
        negated = "NOT " if operator in _NEGATIVE else ""
        if operator in {Operator.IN, Operator.NOT_IN}:
            return f"{sql}{collate} {negated}IN ({', '.join('?' * len(bound))})"
        if operator in {Operator.BETWEEN, Operator.NOT_BETWEEN}:
            return f"{sql}{collate} {negated}BETWEEN ? AND ?"
        sign = _SIGNS.get(operator)
        if sign is None:
            raise WrongValue(path, values[0], column.field.data_type)
        return f"{sql} {sign} ?{collate}"

    def _pattern(self, column: Column, operator: Operator, text: str) -> str | None:
        """The LIKE pattern of a condition on a text, where it needs one; `%` alone is a wildcard of the languages."""
        if operator in {Operator.LIKE, Operator.NOT_LIKE}:
            return text.replace("\\", "\\\\").replace("_", "\\_")
        plain = text.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        if operator is Operator.EQUAL and self.manner.equal_is_contains and not column.field.values:
            return f"%{plain}%"
        return _PATTERNS[operator].replace("{}", plain) if operator in _PATTERNS else None

    def _inside(self, column: Column, condition: Condition) -> str:
        """A condition on a field that holds a list: one of its values is asked for."""
        operator = condition.operator
        if operator in {Operator.IS_NULL, Operator.IS_NOT_NULL}:
            return f"coalesce({column.sql}, '[]') {'=' if operator is Operator.IS_NULL else '<>'} '[]'"
        item = "json_extract(value, '$.name')" if column.field.data_type == "tag" else "value"
        self.params += [column.field.stored_pick(str(value)) for value in condition.values]
        marks = ", ".join("?" * len(condition.values))
        negated = "NOT " if operator in _NEGATIVE else ""
        return f"{negated}EXISTS (SELECT 1 FROM json_each({column.sql}) WHERE {item} IN ({marks}))"

    @staticmethod
    def _is_text(column: Column) -> bool:
        return column.field.storage == "text" and column.field.data_type != "date"

    def bind_id(self, value: Value) -> int:
        """An id given as number or text."""
        bound = self.bind(Column("t.id", _ID, self.module), "id", value)
        return int(bound or 0)

    def bind(self, column: Column, path: str, value: Value) -> Bound:
        """The value as the store keeps it; raises WrongValue where it cannot be one."""
        field = column.field
        wrong = WrongValue(path, value, field.data_type)
        if field.data_type == "date":
            day = times.parse_date(value) if isinstance(value, str) else None
            if day is None:
                raise wrong
            return day
        if field.storage == "text":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            return field.stored_pick(text) if field.values else text
        if field.storage == "instant":
            return self._instant(value, wrong)
        if field.storage == "bool":
            flag = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
            if flag is None:
                raise wrong
            return int(flag)
        return _number(value, whole=field.storage != "number", wrong=wrong)

    def _instant(self, value: Value, wrong: WrongValue) -> int:
        if not isinstance(value, str) or (not self.manner.fractions and _FRACTION.search(value)):
            raise wrong
        seconds = times.parse_instant(value, self.manner.zone)
        if seconds is None:
            raise wrong
        return seconds


def _number(value: Value, *, whole: bool, wrong: WrongValue) -> Bound:
    try:
        number = Decimal(str(value)) if not isinstance(value, bool) else None
    except InvalidOperation:
        raise wrong from None
    if number is None or not number.is_finite() or number.adjusted() > _MOST_DIGITS:
        raise wrong
    if abs(number) > _MOST_INT:
        if whole:
            raise wrong
        return float(number)
    if number == number.to_integral_value():
        return int(number)
    if whole:
        raise wrong
    return float(number)
