"""What was ever counted, out of the history: runs and how they ended, records, calls, conflicts, guards that stopped.

A counter may never fall, or whoever watches it takes the fall for a new beginning and counts everything again. So what
retention lets go of is added to what `meta` keeps under `counted`, and guards are counted there when a plan is saved:
a plan forgets what stopped it once a person has let it pass.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.runs import WRITE
from crmbridge.ledger.transaction import LedgerTx

RUNS, RUN_US, RUN_WITHIN, RECORDS = "runs", "run_us", "run_within", "records"
CALLS, CREDITS, CONFLICTS, GUARDS = "calls", "credits", "conflicts", "guards"
BOUNDS_S = (1, 5, 15, 60, 300, 900, 1800, 3600)
"""The bounds of the buckets that runs are sorted into by how long they took, in seconds."""

READ_OPS = ("read", "landed", "unchanged", "written", "updated", "quarantined", "deleted")
SENT, REFUSED = "sent", "refused"
"""What became of records that were written to a system."""

OPS = (*READ_OPS, SENT, REFUSED)
Counts = Counter[tuple[str, ...]]
"""How many, by what is counted and its labels."""

_KEY = "counted"
_GET = "SELECT value FROM meta WHERE key = :key"
_PUT = "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_TOOK = "ended_us - started_us"
_WITHIN = ", ".join(f"sum(CASE WHEN {_TOOK} <= {bound * 1_000_000} THEN 1 ELSE 0 END)" for bound in BOUNDS_S)
_OF_RUNS = (
    f"SELECT command, exit_code, count(*), sum({_TOOK}), {_WITHIN} FROM run"  # noqa: S608 - our own words
    " WHERE ended_us IS NOT NULL AND exit_code IS NOT NULL GROUP BY command, exit_code"
)
_OF_STEPS = (
    f"SELECT connection, CASE WHEN part = '{WRITE}' THEN 1 ELSE 0 END, sum(calls), sum(credits), "  # noqa: S608 - ours
    + ", ".join(f"sum({name})" for name in READ_OPS)
    + " FROM run_step WHERE connection <> '' GROUP BY 1, 2"
)
_OF_CONFLICTS = "SELECT pair, count(*) FROM conflict GROUP BY pair"


def look(tx: LedgerTx) -> Counts:
    """Everything counted since the ledger was made."""
    return _kept(tx) + _there(tx)


def keep(tx: LedgerTx, before: Counts) -> None:
    """What `look` gave before rows went is what it gives again, in the same transaction."""
    _write(tx, before - _there(tx))


def tripped(tx: LedgerTx, guards: Iterable[str]) -> None:
    """These guards stopped a plan."""
    found: Counts = Counter((GUARDS, guard) for guard in guards)
    if found:
        _write(tx, _kept(tx) + found)


def _there(tx: LedgerTx) -> Counts:
    """What the rows that are there tell."""
    found: Counts = Counter()
    for command, code, count, took_us, *within in bulk.select(tx, _OF_RUNS):
        found[RUNS, command, str(code)] += int(count)
        found[RUN_US, command] += int(took_us)
        for bound, number in zip(BOUNDS_S, within, strict=True):
            found[RUN_WITHIN, command, str(bound)] += int(number)
    for connection, is_writing, calls, credits_, *numbers in bulk.select(tx, _OF_STEPS):
        found[CALLS, connection] += int(calls)
        found[CREDITS, connection] += int(credits_)
        for op, number in _ops(dict(zip(READ_OPS, map(int, numbers), strict=True)), is_writing=bool(is_writing)):
            found[RECORDS, connection, op] += number
    for pair, count in bulk.select(tx, _OF_CONFLICTS):
        found[CONFLICTS, pair] += int(count)
    return found


def _ops(numbers: dict[str, int], *, is_writing: bool) -> Iterator[tuple[str, int]]:
    if is_writing:
        yield SENT, numbers["written"] + numbers["updated"]
        yield REFUSED, numbers["quarantined"]
    else:
        yield from numbers.items()


def _kept(tx: LedgerTx) -> Counts:
    row = bulk.first(tx, _GET, key=_KEY)
    return Counter() if row is None else Counter({tuple(labels): number for *labels, number in orjson.loads(row[0])})


def _write(tx: LedgerTx, counts: Counts) -> None:
    rows = sorted([*labels, number] for labels, number in counts.items() if number)
    bulk.run(tx, _PUT, key=_KEY, value=orjson.dumps(rows).decode())
