"""Zoho's query language: the one place where a query is put together, and reading by it in the order of a key.

Names are checked against a pattern, values are quoted by one function; nothing else ever enters a query. Records are
walked by (modified time, id): a record that is edited during the walk moves to the end and is seen again, none is
passed over, and any number of records may share one second.
"""

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime

from crmbridge.model.errors import ContractError
from crmbridge_zoho.fields import KEY, MODIFIED
from crmbridge_zoho.plan import QUERY_PAGE, query_credits
from crmbridge_zoho.session import API, Answer, Session
from crmbridge_zoho.times import literal

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?\Z", re.ASCII)
_WORDS = """
all and any as asc avg between by case count desc distinct else end exists external false from group having in inner
insert into is join left like limit max min not null offset on or order outer right select set sum table then true
union update user value values when where
"""
_RESERVED = frozenset(_WORDS.split())
_DIGITS = re.compile(r"[0-9]{1,20}\Z", re.ASCII)
_SHARED_ROWS = 20
"""How many rows two neighbouring windows have in common, so that a row that goes meanwhile opens no gap."""
LONGEST_IN = 100


def name(word: str) -> str:
    """A module's or field's name as a query takes it; ContractError for anything that is none."""
    if not _NAME.match(word):
        raise ContractError("{name} is no name that a query can hold", name=word[:60])
    return f"'{word}'" if word.casefold() in _RESERVED else word


def text(value: str) -> str:
    """A text as a literal; a quote in it is doubled, as Zoho's COQL pages say.

    ContractError for a text with a backslash or a NUL: no page says what they do inside a literal.
    """
    if "\0" in value or "\\" in value:
        raise ContractError("a query cannot hold this text: {reason}", reason="a backslash or a NUL stands in it")
    return "'" + value.replace("'", "''") + "'"


def instant(at: datetime) -> str:
    """An instant as a literal."""
    return f"'{literal(at)}'"


def record_id(value: str) -> str:
    """A record's id as a literal; ContractError for anything but digits."""
    if not _DIGITS.match(value):
        raise ContractError("{value} is no id of Zoho", value=value[:60])
    return value


def any_of(field: str, values: Iterable[str]) -> str:
    """The condition that a field is one of up to 100 texts."""
    return f"{name(field)} in ({', '.join(text(value) for value in values)})"


def contains(field: str, part: str) -> str:
    """The condition that a field holds that text somewhere; a `%` or `_` in it stands for anything."""
    return f"{name(field)} like {text(f'%{part}%')}"


def both(*conditions: str) -> str:
    """All of them, bracketed in pairs as Zoho wants it."""
    made = conditions[0]
    for one in conditions[1:]:
        made = f"({made} and {one})"
    return made


@dataclass(frozen=True, slots=True)
class Query:
    """A select over one module. `where` is made by the functions above alone."""

    module: str
    fields: tuple[str, ...]
    where: str
    order: tuple[str, ...] = (MODIFIED, KEY)

    def text(self, limit: int, offset: int = 0) -> str:
        """The query's text for so many rows after so many."""
        columns = ", ".join(name(field) for field in dict.fromkeys((KEY, *self.fields)))
        order = ", ".join(f"{name(field)} asc" for field in self.order)
        rows = f"{offset}, {limit}" if offset else f"{limit}"
        clauses = ("select", columns, "from", name(self.module), "where", self.where, "order by", order, "limit", rows)
        return " ".join(clauses)


def ask(session: Session, query: Query, *, limit: int = QUERY_PAGE, offset: int = 0) -> Answer:
    """One call of a query."""
    body = {"select_query": query.text(limit, offset)}
    return session.ask(f"{API}/coql", body, cost=query_credits(limit), heavy=True)


def after(since: str | None, at: str | None, key: str | None, *, timed: bool) -> str:
    """The condition of everything behind a place in the order, or from a time on, or of everything."""
    if not timed:
        return f"{KEY} > {record_id(key)}" if key else f"{KEY} is not null"
    if at and key:
        return f"(({MODIFIED} > {text(at)}) or ({MODIFIED} = {text(at)} and {KEY} > {record_id(key)}))"
    return f"{MODIFIED} >= {text(since)}" if since else f"{KEY} is not null"


def begin_windows(session: Session, query: Query, *, size: int, together: int, pool: Executor) -> list[Future[Answer]]:
    """Asks for the first rows of a query in windows side by side, and does not wait.

    Neighbouring windows share some rows. A row that leaves the order meanwhile moves those behind it up; as long as a
    window holds the last row of the one before it, nothing was passed over.
    """
    step = max(1, size - min(_SHARED_ROWS, size // 10))
    return [pool.submit(ask, session, query, limit=size, offset=step * number) for number in range(together)]


def joined(asked: Sequence[Future[Answer]], *, size: int) -> tuple[list[dict[str, object]], bool, Answer]:
    """The rows of windows up to the first gap, whether that was all of the query, and the first answer."""
    answers = [one.result() for one in asked]
    rows, is_whole = _joined([answer.data for answer in answers])
    return rows, is_whole and not answers[-1].has_more and len(answers[-1].data) < size, answers[0]


def _joined(parts: list[list[dict[str, object]]]) -> tuple[list[dict[str, object]], bool]:
    """The rows of neighbouring windows up to the first gap, and whether there was none."""
    kept: list[dict[str, object]] = []
    for rows in parts:
        start = 0
        if kept and rows:
            ids = [row.get(KEY) for row in rows[: _SHARED_ROWS * 2]]
            if kept[-1].get(KEY) not in ids:
                return kept, False
            start = ids.index(kept[-1].get(KEY)) + 1
        kept += rows[start:]
    return kept, True
