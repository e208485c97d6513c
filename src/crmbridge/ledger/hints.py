"""The inbox of hints: which records a vendor's notification spoke of. A hint only hastens a reading, so it may be lost.

One row for each record, however often it was spoken of; at most `LIMIT` for a connection, since anybody who learns an
address could fill a disk otherwise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from crmbridge.ledger.schema import hint_inbox as table
from crmbridge.ledger.schema import hint_mark as marks
from crmbridge.ledger.transaction import LedgerTx

LIMIT = 50_000
"""How many records of a connection may wait; what comes then is dropped, and read with the next sync."""

LONGEST = 512
"""The longest object or id that is taken."""

MARKED_FOR_US = 86_400_000_000
"""How long a notification is remembered: vendors repeat one within hours, and one overheard is too old before that."""

MOST_MARKS = 200_000
"""How many notifications of a connection are remembered; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One record to look at; `last_us` is when it was last spoken of, `count` how often so far."""

    id: int
    object: str
    external_id: str
    last_us: int
    count: int


def put(tx: LedgerTx, connection_id: int, pairs: Iterable[tuple[str, str]], *, now_us: int, limit: int = LIMIT) -> int:
    """Keeps the (object, id) pairs; how many records wait for the first time. What is over the limit is dropped."""
    wanted = [pair for pair in dict.fromkeys(pairs) if all(0 < len(part) <= LONGEST for part in pair)]
    room = max(limit - count(tx, connection_id), 0)
    insert = sqlite.insert if tx.is_sqlite else postgresql.insert
    made = 0
    for name, external_id in wanted:
        here = {"connection_id": connection_id, "object": name, "external_id": external_id}
        statement = insert(table).values(**here, first_us=now_us, last_us=now_us, count=1)
        if made >= room:
            seen = table.c.connection_id == connection_id, table.c.object == name, table.c.external_id == external_id
            tx.execute(table.update().where(*seen).values(last_us=now_us, count=table.c.count + 1))
            continue
        again = {"last_us": now_us, "count": table.c.count + 1}
        statement = statement.on_conflict_do_update(
            index_elements=["connection_id", "object", "external_id"], set_=again
        )
        made += int(tx.execute(statement.returning(table.c.count)).scalar_one() == 1)
    return made


def mark(tx: LedgerTx, connection_id: int, text: str, *, now_us: int, limit: int = MOST_MARKS) -> bool:
    """Whether this notification comes for the first time; it is remembered for a day."""
    insert = sqlite.insert if tx.is_sqlite else postgresql.insert
    statement = insert(marks).values(connection_id=connection_id, mark=text, at_us=now_us)
    if tx.execute(statement.on_conflict_do_nothing().returning(marks.c.at_us)).first() is None:
        return False
    mine = marks.c.connection_id == connection_id
    tx.execute(delete(marks).where(mine, marks.c.at_us < now_us - MARKED_FOR_US))
    over = int(tx.execute(select(func.count()).where(mine)).scalar_one()) - limit
    if over > 0:
        oldest = select(marks.c.mark).where(mine).order_by(marks.c.at_us, marks.c.mark).limit(over)
        tx.execute(delete(marks).where(mine, marks.c.mark.in_(oldest)))
    return True


def waiting(tx: LedgerTx, connection_id: int, *, limit: int = 1000) -> list[Hint]:
    """The records that wait, the longest waiting first."""
    statement = (
        select(table.c.id, table.c.object, table.c.external_id, table.c.last_us, table.c.count)
        .where(table.c.connection_id == connection_id)
        .order_by(table.c.first_us, table.c.id)
        .limit(limit)
    )
    return [Hint(**row) for row in tx.execute(statement).mappings()]


def done(tx: LedgerTx, hints: Sequence[Hint]) -> None:
    """The records have been looked at; one that was spoken of again since stays."""
    for hint in hints:
        tx.execute(delete(table).where(table.c.id == hint.id, table.c.count == hint.count))


def count(tx: LedgerTx, connection_id: int) -> int:
    """How many records wait."""
    return int(tx.execute(select(func.count()).where(table.c.connection_id == connection_id)).scalar_one())
