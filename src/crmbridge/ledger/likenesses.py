"""Likenesses: records of two systems that may be one, which a person says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import kind

Grade = Literal["probable", "possible"]
State = Literal["open", "accepted", "refused"]
_COLUMNS = ("pair", "kind", "left_record", "right_record", "grade", "score", "evidence", "state", "opened_us")
_END = ("settled_us", "settled_by")
_PUT = bulk.Upsert(
    "likeness",
    ("id", *_COLUMNS),
    ("id",),
    ("kind", "grade", "score", "evidence"),
)
_SELECT = f"SELECT id, {', '.join((*_COLUMNS, *_END))} FROM likeness"  # noqa: S608 - names of columns
_LEFT_ALONE, _RIGHT_ALONE = (
    f"SELECT record_id FROM twin WHERE pair = :pair AND state = 'linked' AND {mine}_id IS NOT NULL AND {other}_id IS NULL"  # noqa: S608, E501 - names of columns
    for mine, other in (("left", "right"), ("right", "left"))
)
_NO_QUESTION = (
    "DELETE FROM likeness WHERE pair = :pair AND state = 'open'"  # noqa: S608 - queries of our own
    f" AND (left_record NOT IN ({_LEFT_ALONE}) OR right_record NOT IN ({_RIGHT_ALONE}))"
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A row of `likeness`; `id` is 0 while it is not kept."""

    id: int
    pair: str
    kind: str
    left_record: str
    right_record: str
    grade: Grade
    score: int
    evidence: str
    state: State
    opened_us: int
    settled_us: int | None = None
    settled_by: str | None = None


def get(tx: LedgerTx, number: int) -> Likeness | None:
    """The likeness of that number, None where there is none."""
    row = bulk.first(tx, f"{_SELECT} WHERE id = :number", number=number)
    return None if row is None else Likeness(*row)


def listing(tx: LedgerTx, *, pair: str | None = None, state: State = "open", limit: int = 1000) -> list[Likeness]:
    """Those in a state, the surest first."""
    where = "" if pair is None else " AND pair = :pair"
    more: dict[str, object] = {} if pair is None else {"pair": pair}
    sql = f"{_SELECT} WHERE state = :state{where} ORDER BY grade DESC, score DESC, id LIMIT :limit"
    return [Likeness(*row) for row in bulk.select(tx, sql, state=state, limit=limit, **more)]


def renew(tx: LedgerTx, pair: str, found: Sequence[Likeness], looked_at: Sequence[str]) -> None:
    """These are the likenesses of the records looked at; an open one that is not found any more goes.

    What was refused stays refused, and what stays open keeps its number.
    """
    known: dict[tuple[str, str], tuple[int, str]] = {}
    for side in ("left", "right"):
        sql = f"SELECT left_record, right_record, id, state FROM likeness WHERE pair = :pair AND {side}_record IN {{wanted}}"  # noqa: S608, E501 - names of columns
        known |= {(row[0], row[1]): (row[2], row[3]) for row in bulk.fetch(tx, sql, looked_at, pair=pair)}
    now = {(one.left_record, one.right_record) for one in found}
    gone = [number for place, (number, state) in known.items() if state == "open" and place not in now]
    bulk.fetch(tx, "DELETE FROM likeness WHERE id IN {wanted} RETURNING 1", gone)
    fresh = [one for one in found if (one.left_record, one.right_record) not in known]
    ids = bulk.take_ids(tx, "likeness", len(fresh)) if fresh else ()
    bulk.upsert(tx, _PUT, [(number, *_row(one)) for number, one in zip(ids, fresh, strict=True)])
    again = [
        (one.grade, one.score, one.evidence, number)
        for one in found
        if (number := known.get((one.left_record, one.right_record), (0, ""))[0])
    ]
    bulk.update(tx, "likeness", ("grade", "score", "evidence"), again)


def tidy(tx: LedgerTx, pair: str) -> int:
    """Open ones of which a record is gone, or held by both sides by now, are no question any more; how many."""
    return bulk.run(tx, _NO_QUESTION, pair=pair)


def settle(tx: LedgerTx, number: int, state: State, *, by: str, now_us: int) -> None:
    """A person has said what two records are."""
    bulk.update(tx, "likeness", ("state", "settled_by", "settled_us"), [(state, by, now_us, number)])


def holding(tx: LedgerTx, pair: str, record_ids: Sequence[str]) -> dict[str, int]:
    """For each record of which a probable likeness is open: its number."""
    found: dict[str, int] = {}
    for side in ("left", "right"):
        sql = (
            f"SELECT {side}_record, min(id) FROM likeness WHERE pair = :pair AND state = 'open'"  # noqa: S608 - a side
            f" AND grade = 'probable' AND {side}_record IN {{wanted}} GROUP BY 1"
        )
        found |= dict(bulk.fetch(tx, sql, list(record_ids), pair=pair))
    return found


_OF_KIND = {
    "account": ("name", "registration_no", "city", "domains", "website", "phones", "emails"),
    "contact": ("full_name", "phones", "emails", "account_id"),
    "lead": ("full_name", "company_name", "phones", "emails"),
    "deal": ("name", "account_id"),
}
KINDS = tuple(_OF_KIND)
"""The kinds of which two records may be one."""


@dataclass(frozen=True, slots=True)
class Lonely:
    """A record that only one side of a pair holds, with what it may be recognised by; `changed_us` as of its twin."""

    record_id: str
    is_left: bool
    changed_us: int
    fields: dict[str, Any]


def stirred(tx: LedgerTx, pair: str, *, since_us: int) -> frozenset[str]:
    """The kinds of which a record that one side alone holds has come or changed since then."""
    sql = (
        "SELECT DISTINCT kind FROM twin WHERE pair = :pair AND changed_us >= :since_us AND state = 'linked'"
        " AND (left_id IS NULL) <> (right_id IS NULL)"
    )
    return frozenset(row[0] for row in bulk.select(tx, sql, pair=pair, since_us=since_us))


def lonely(tx: LedgerTx, pair: str, kind_name: str) -> list[Lonely]:
    """Every record of a kind that one side alone holds; `fields` has the name of its account as `company_name`."""
    names = _OF_KIND[kind_name]
    points = "account_id" in names
    company = ", a.name" if points else ""
    join = " LEFT JOIN account AS a ON a.id = r.account_id" if points else ""
    columns = ", ".join(f"r.{name}" for name in names)
    sql = (
        f"SELECT t.record_id, t.right_id IS NULL, t.changed_us, {columns}{company} FROM twin AS t"  # noqa: S608 - names
        f' JOIN "{kind(kind_name).name}" AS r ON r.id = t.record_id{join}'
        " WHERE t.pair = :pair AND t.kind = :kind AND t.state = 'linked' AND r.lifecycle = 'active'"
        " AND (t.left_id IS NULL) <> (t.right_id IS NULL) ORDER BY t.id"
    )
    keys = (*names, "company_name") if points else names
    rows = bulk.select(tx, sql, pair=pair, kind=kind_name)
    return [Lonely(row[0], bool(row[1]), row[2], dict(zip(keys, row[3:], strict=True))) for row in rows]


def _row(one: Likeness) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for name in _COLUMNS)
