"""What the three query languages of Zoho have in common: conditions joined by and/or.

Search criteria, COQL and bulk-read criteria each have a parser of their own; all of them end in these nodes, which
know nothing of the languages, of the fields' types or of the store.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Value = str | Decimal | bool | None


class Operator(StrEnum):
    """Everything a condition can ask; a language's own words are translated on the way in."""

    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS_THAN = "less_than"
    LESS_EQUAL = "less_equal"
    GREATER_THAN = "greater_than"
    GREATER_EQUAL = "greater_equal"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    IN = "in"
    NOT_IN = "not_in"
    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    STARTS_WITH = "starts_with"
    ENDS_WITH = "ends_with"
    LIKE = "like"
    NOT_LIKE = "not_like"
    IS_NULL = "is_null"
    IS_NOT_NULL = "is_not_null"


@dataclass(frozen=True, slots=True)
class Condition:
    """One question about one field; `path` may walk over lookups (`Account_Name.Industry`)."""

    path: str
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Two or more predicates of which all (`and`) or one (`or`) must hold."""

    word: Literal["and", "or"]
    parts: tuple["Predicate", ...]


Predicate = Condition | Group


class Malformed(Exception):
    """A query is refused; carries the code, message and details of the answer (always HTTP 400)."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.details = details


def conditions(predicate: Predicate) -> Iterator[Condition]:
    """The conditions of a predicate from left to right."""
    if isinstance(predicate, Condition):
        yield predicate
        return
    for part in predicate.parts:
        yield from conditions(part)


def count(predicate: Predicate) -> int:
    """How many conditions a predicate has."""
    return sum(1 for _ in conditions(predicate))


def join(word: Literal["and", "or"], *parts: Predicate | None) -> Predicate | None:
    """The parts joined by one word; missing parts are left out, one alone stands for itself."""
    there = tuple(part for part in parts if part is not None)
    if not there:
        return None
    return there[0] if len(there) == 1 else Group(word, there)
