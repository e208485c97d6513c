"""The audit log: who did what and when, row by row under a seal that goes on from the seal before.

Nothing that somebody is recognised by stands in a row: who did it is a keyed hash, and what it was about is the name of
a thing. `audit_word` has the words of the hashes for people to read; they may go, and every seal still holds.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.sealing import Sealing
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError

RESTORED = "ledger.restored"
"""The action after which numbers may be left out: what a backup did not have."""

_COLUMNS = ("seq", "at_us", "action", "actor", "about", "said", "prev", "seal")
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM audit"  # noqa: S608 - names of columns
_PUT = bulk.Upsert("audit", _COLUMNS, ("seq",))
_WORD = bulk.Upsert("audit_word", ("hash", "word"), ("hash",))
_KEY = bulk.Upsert("meta", ("key", "value"), ("key",))
_KEY_CHECK = "audit_key"
_UNUSED = (
    "DELETE FROM audit_word WHERE hash NOT IN (SELECT actor FROM audit)"
    " AND 'viewer:' || hash NOT IN (SELECT about FROM audit)"
)


class AuditRow(NamedTuple):
    """One row, as it is kept."""

    seq: int
    at_us: int
    action: str
    actor: str
    about: str
    said: str
    prev: str
    seal: str


class Head(NamedTuple):
    """The last row: its number and its seal; 0 and nothing where there is none."""

    seq: int
    seal: str


@dataclass(frozen=True, slots=True)
class Told:
    """A row for people: `actor` and `about` are names where their words are still kept, else hashes."""

    row: AuditRow
    actor: str
    about: str
    said: Mapping[str, Any]


def require_key(tx: LedgerTx, sealing: Sealing) -> None:
    """ConfigError where the key is another one than the ledger was sealed with."""
    known = bulk.first(tx, "SELECT value FROM meta WHERE key = :key", key=_KEY_CHECK)
    if known is not None and known[0] != sealing.check:
        raise ConfigError(
            "the key of the audit log is not the one that {file} was sealed with",
            file=tx.place,
            hint="put the key back: it is named by [audit] in crmbridge.toml, or stands in .crmbridge/audit.key",
        )


def is_used(tx: LedgerTx) -> bool:
    """Whether the ledger was sealed with a key before."""
    return bulk.first(tx, "SELECT 1 FROM meta WHERE key = :key", key=_KEY_CHECK) is not None


def append(
    tx: LedgerTx,
    sealing: Sealing,
    action: str,
    *,
    actor: str,
    about: str,
    said: Mapping[str, object],
    now_us: int,
    after: int = 0,
) -> Head:
    """Adds a row; the new head. `said` are counts and names of things; `after` is a number that was used already.

    Two that append at once wait for each other.
    """
    _alone(tx)
    require_key(tx, sealing)
    bulk.upsert(tx, _KEY, [(_KEY_CHECK, sealing.check)])
    last = head(tx)
    told = orjson.dumps(dict(said), option=orjson.OPT_SORT_KEYS, default=str).decode()
    bare = (max(last.seq, after) + 1, now_us, action, sealing.word(actor), about, told, last.seal)
    row = AuditRow(*bare, sealing.seal("chain", _canonical(bare)))
    keep_word(tx, sealing, actor)
    bulk.upsert(tx, _PUT, [row])
    return Head(row.seq, row.seal)


def keep_word(tx: LedgerTx, sealing: Sealing, text: str) -> str:
    """What stands for a text that names somebody, kept with it for people to read."""
    found = sealing.word(text)
    bulk.upsert(tx, _WORD, [(found, text)])
    return found


def put_back(tx: LedgerTx, rows: Sequence[AuditRow], words: Sequence[tuple[str, str]]) -> bool:
    """Rows of this very chain that a backup does not have go on from its head; False where they do not fit."""
    if not rows or rows[0].prev != head(tx).seal:
        return False
    bulk.upsert(tx, _PUT, rows)
    bulk.upsert(tx, _WORD, words)
    return True


def head(tx: LedgerTx) -> Head:
    """The last row that there is."""
    row = bulk.first(tx, "SELECT seq, seal FROM audit ORDER BY seq DESC LIMIT 1")
    return floor(tx) if row is None else Head(*row)


def floor(tx: LedgerTx) -> Head:
    """The last row that retention let go."""
    row = bulk.first(tx, "SELECT seq, head FROM audit_floor")
    return Head(0, "") if row is None else Head(*row)


def after(tx: LedgerTx, seq: int, *, limit: int = 10_000) -> list[AuditRow]:
    """Rows beyond that number, in their order."""
    rows = bulk.select(tx, f"{_SELECT} WHERE seq > :seq ORDER BY seq LIMIT :limit", seq=seq, limit=limit)
    return [AuditRow(*row) for row in rows]


def words(tx: LedgerTx) -> list[tuple[str, str]]:
    """Every hash with its word."""
    return [(row[0], row[1]) for row in bulk.select(tx, "SELECT hash, word FROM audit_word ORDER BY hash")]


def listing(tx: LedgerTx, *, limit: int, action: str | None = None) -> list[Told]:
    """The last rows, the newest first; those of an action, or of a group of them (`plan`), where it is named."""
    where, given = "", {}
    if action is not None:
        where, given = " WHERE action = :action OR substr(action, 1, :length) = :group", {"action": action}
    more: dict[str, object] = {**given, **({"group": f"{action}.", "length": len(action) + 1} if action else {})}
    found = bulk.select(tx, f"{_SELECT}{where} ORDER BY seq DESC LIMIT :limit", limit=limit, **more)
    known = dict(words(tx))
    rows = [AuditRow(*row) for row in found]
    return [
        Told(row, known.get(row.actor, row.actor), _readable(row.about, known), orjson.loads(row.said)) for row in rows
    ]


def _readable(about: str, known: Mapping[str, str]) -> str:
    role, _, found = about.partition(":")
    return f"{role}:{known[found]}" if found in known else about


def let_go(tx: LedgerTx, sealing: Sealing, *, before_us: int) -> int:
    """Rows from before then go, from the first on and never the last; how many. What is left goes on from a floor."""
    _alone(tx)
    require_key(tx, sealing)
    row = bulk.first(
        tx,
        "SELECT max(seq) FROM audit WHERE at_us < :before_us AND seq < (SELECT max(seq) FROM audit)"
        " AND seq < coalesce((SELECT min(seq) FROM audit WHERE at_us >= :before_us), seq + 1)",
        before_us=before_us,
    )
    if row is None or row[0] is None:
        return 0
    seq = int(row[0])
    [(seal,)] = bulk.select(tx, "SELECT seal FROM audit WHERE seq = :seq", seq=seq)
    bulk.run(tx, "DELETE FROM audit_floor")
    sql = "INSERT INTO audit_floor (id, seq, head, seal) VALUES (1, :seq, :head, :seal)"
    bulk.run(tx, sql, seq=seq, head=seal, seal=floor_seal(sealing, Head(seq, seal)))
    gone = bulk.run(tx, "DELETE FROM audit WHERE seq <= :seq", seq=seq)
    bulk.run(tx, _UNUSED)
    return gone


def forget_words(tx: LedgerTx, hashes: Sequence[str]) -> int:
    """The words of those hashes go; how many there were."""
    return bulk.delete(tx, "DELETE FROM audit_word WHERE hash IN {wanted}", hashes)


def floor_seal(sealing: Sealing, found: Head) -> str:
    """What a floor must be sealed with."""
    return sealing.seal("chain", f"floor {found.seq} {found.seal}")


def is_sealed(sealing: Sealing, row: AuditRow) -> bool:
    """Whether a row is what was appended."""
    return sealing.seal("chain", _canonical(row[:-1])) == row.seal


def rows(tx: LedgerTx) -> Iterator[AuditRow]:
    """Every row, in the order of the numbers."""
    seq = -(2**63)
    while page := after(tx, seq):
        yield from page
        seq = page[-1].seq


def _canonical(bare: Sequence[object]) -> str:
    """A row without its seal, as it is sealed: a JSON list."""
    return orjson.dumps(list(bare)).decode()


def _alone(tx: LedgerTx) -> None:
    """Nobody else appends until this transaction ends; on SQLite it is the only writer anyway."""
    if not tx.is_sqlite:
        bulk.select(tx, "SELECT pg_advisory_xact_lock(hashtext('crmbridge-audit-' || current_schema()))")
