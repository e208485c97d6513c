"""What people were told by a channel: kept before it is sent, and as what became of it, so that nothing is sent twice.

A channel has no key that it would know a notice by, and cannot be asked afterwards. So each notice is sent at most once
where it may have arrived, and what nobody knows the end of is shown to a person.

    (new) ------ begin --> sending -- end --> delivered
    waiting ---- begin -->    |------ end --> waiting      it did not arrive: sent again after `retry_us`
                              |------ end --> doubted      nobody knows whether it arrived: a person may say `again`
                              `-- killed ---> doubted
    waiting, its time over -----------------> dropped
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from sqlalchemy import select

from crmbridge.ledger import bulk
from crmbridge.ledger.schema_notices import notice as table
from crmbridge.ledger.transaction import LedgerTx

State = Literal["sending", "delivered", "waiting", "doubted", "dropped"]

_BEGIN = (
    "INSERT INTO notice (key, channel, kind, rule, state, attempts, made_us, until_us, sent_us, covers)"
    " VALUES (:key, :channel, :kind, :rule, 'sending', 1, :now_us, :until_us, :now_us, :covers)"
    " ON CONFLICT (key, channel) DO UPDATE SET state = 'sending', attempts = notice.attempts + 1, sent_us = :now_us,"
    " covers = :covers, retry_us = NULL WHERE notice.state = 'waiting' RETURNING attempts"
)
_END = (
    "UPDATE notice SET state = :state, settled_us = :now_us, retry_us = :retry_us, code = :code, said = :said"
    " WHERE key = :key AND channel = :channel AND state = 'sending'"
)
_INTERRUPTED = (
    "UPDATE notice SET state = 'doubted', settled_us = :now_us, code = 'interrupted', said = NULL"
    " WHERE state = 'sending'"
)
_OVER = "UPDATE notice SET state = 'dropped', settled_us = :now_us WHERE state = 'waiting' AND until_us <= :now_us"
_AGAIN = (
    "UPDATE notice SET state = 'waiting', retry_us = NULL"
    " WHERE key = :key AND channel = :channel AND state = 'doubted' AND until_us > :now_us RETURNING key"
)
_CHANNELS = """
    SELECT channel, max(CASE WHEN state = 'delivered' THEN settled_us END) AS delivered_us,
           max(CASE WHEN state <> 'delivered' AND code <> 'refused' THEN settled_us END) AS failed_us
    FROM notice WHERE kind <> 'round' GROUP BY channel ORDER BY channel"""
_FAILURES = """
    SELECT settled_us, retry_us, code, said FROM notice
    WHERE channel = :channel AND state <> 'delivered' AND code <> 'refused' AND settled_us > :since_us
    ORDER BY settled_us DESC, key DESC"""
ROUND, EVERYBODY = "round", "*"
"""The kind and the channel of a row that only says that a round of notices is over."""
_ROUND = (
    "INSERT INTO notice (key, channel, kind, rule, state, attempts, made_us, until_us, settled_us)"
    " VALUES (:key, '*', 'round', '*', 'delivered', 0, :now_us, :until_us, :now_us)"
    " ON CONFLICT (key, channel) DO NOTHING"
)
_TOLD = (
    "SELECT covers FROM notice WHERE rule = :rule AND channel = :channel AND covers IS NOT NULL"
    " AND state IN ('sending', 'delivered', 'doubted')"
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice by one channel, as it stands."""

    key: str
    channel: str
    kind: str
    rule: str
    state: State
    attempts: int
    made_us: int
    until_us: int
    sent_us: int | None = None
    settled_us: int | None = None
    retry_us: int | None = None
    code: str | None = None
    said: str | None = None
    covers: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel does: when it last took a notice, and since then how often and how it did not.

    A single notice that it refused says nothing of the others.
    """

    channel: str
    delivered_us: int | None = None
    failures: int = 0
    failing_since_us: int | None = None
    rests_until_us: int | None = None
    code: str | None = None
    said: str | None = None


def begin(
    tx: LedgerTx,
    key: str,
    channel: str,
    *,
    kind: str,
    rule: str,
    until_us: int,
    now_us: int,
    covers: Sequence[str] = (),
) -> int | None:
    """The notice is about to be sent: which attempt it is. None where it was sent already, or may have been."""
    told = orjson.dumps(list(covers)).decode() if covers else None
    given = {"kind": kind, "rule": rule, "until_us": until_us, "now_us": now_us, "covers": told}
    row = bulk.first(tx, _BEGIN, key=key, channel=channel, **given)
    return None if row is None else int(row[0])


def end(
    tx: LedgerTx,
    key: str,
    channel: str,
    state: State,
    *,
    now_us: int,
    retry_us: int | None = None,
    code: str | None = None,
    said: str | None = None,
) -> None:
    """What became of a notice that was being sent."""
    given = {"state": state, "now_us": now_us, "retry_us": retry_us, "code": code, "said": said}
    bulk.run(tx, _END, key=key, channel=channel, **given)


def settle(tx: LedgerTx, *, now_us: int) -> None:
    """Before a round: what was being sent when somebody was killed is in doubt, and what is too late is dropped."""
    bulk.run(tx, _INTERRUPTED, now_us=now_us)
    bulk.run(tx, _OVER, now_us=now_us)


def again(tx: LedgerTx, key: str, channel: str, *, now_us: int) -> bool:
    """A person says that a notice in doubt did not arrive: it is sent again. Whether there is such a one."""
    return bulk.first(tx, _AGAIN, key=key, channel=channel, now_us=now_us) is not None


def states(tx: LedgerTx, keys: Sequence[str]) -> dict[tuple[str, str], Notice]:
    """The notices of these keys, by key and channel."""
    rows = tx.execute(select(table).where(table.c.key.in_(list(keys)))).mappings()
    return {(row["key"], row["channel"]): _notice(row) for row in rows}


def waiting(tx: LedgerTx, rule: str, channel: str, kind: str) -> Notice | None:
    """A notice of that kind that did not arrive yet."""
    statement = select(table).where(
        table.c.rule == rule, table.c.channel == channel, table.c.kind == kind, table.c.state == "waiting"
    )
    row = tx.execute(statement.limit(1)).mappings().first()
    return None if row is None else _notice(row)


def told(tx: LedgerTx, rule: str, channel: str) -> frozenset[str]:
    """What the alerts of a rule have spoken of, or may have."""
    rows = bulk.select(tx, _TOLD, rule=rule, channel=channel)
    return frozenset(one for (covers,) in rows for one in orjson.loads(covers))


def done_with(tx: LedgerTx, key: str, *, until_us: int, now_us: int) -> None:
    """A round is over: everybody was told, or nobody knows better."""
    bulk.run(tx, _ROUND, key=key, until_us=until_us, now_us=now_us)


def listing(tx: LedgerTx, *, limit: int = 50) -> list[Notice]:
    """The latest notices, the last first."""
    statement = select(table).where(table.c.kind != ROUND)
    statement = statement.order_by(table.c.made_us.desc(), table.c.key, table.c.channel).limit(limit)
    return [_notice(row) for row in tx.execute(statement).mappings()]


def health(tx: LedgerTx) -> dict[str, Health]:
    """How every channel does that anything was sent by."""
    return {name: _health(tx, name, delivered, failed) for name, delivered, failed in bulk.select(tx, _CHANNELS)}


def _health(tx: LedgerTx, channel: str, delivered_us: int | None, failed_us: int | None) -> Health:
    if failed_us is None or failed_us <= (delivered_us or 0):
        return Health(channel, delivered_us)
    rows = bulk.select(tx, _FAILURES, channel=channel, since_us=delivered_us or 0)
    rests = max((row[1] for row in rows if row[1] is not None), default=None)
    return Health(channel, delivered_us, len(rows), rows[-1][0], rests, rows[0][2], rows[0][3])


def _notice(row: Mapping[Any, Any]) -> Notice:
    return Notice(**{name: row[name] for name in Notice.__slots__})
