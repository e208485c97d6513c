"""What was ever counted, out of the history: runs and how they ended, records, calls, conflicts, guards that stopped.

A counter may never fall, or whoever watches it takes the fall for a new beginning and counts everything again. So runs
that are over are summed up now and then in `meta`, under `counted`, before retention lets go of them; only later ones
are counted row by row. Guards are counted there when a plan is saved: a plan forgets what stopped it once a person has
let it pass.
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

LONG = 500
"""So many runs are counted row by row before they are summed up."""

MOST = 5000
"""So many at once, while others wait."""

OVER_US = 24 * 3600 * 1_000_000
"""A run that has not ended by then was killed."""

_KEY = "counted"
_GET = "SELECT value FROM meta WHERE key = :key"
_PUT = "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_TOOK = "ended_us - started_us"
_WITHIN = ", ".join(f"sum(CASE WHEN {_TOOK} <= {bound * 1_000_000} THEN 1 ELSE 0 END)" for bound in BOUNDS_S)
_OF_RUNS = (
    f"SELECT command, exit_code, count(*), sum({_TOOK}), {_WITHIN} FROM run"  # noqa: S608 - our own words
    " WHERE id > :first AND id <= :last AND ended_us IS NOT NULL AND exit_code IS NOT NULL GROUP BY command, exit_code"
)
_OF_STEPS = (
    f"SELECT connection, CASE WHEN part = '{WRITE}' THEN 1 ELSE 0 END, sum(calls), sum(credits), "  # noqa: S608 - ours
    + ", ".join(f"sum({name})" for name in READ_OPS)
    + " FROM run_step WHERE run_id > :first AND run_id <= :last AND connection <> '' GROUP BY 1, 2"
)
_OF_CONFLICTS = "SELECT pair, count(*) FROM conflict GROUP BY pair"
_LAST = "SELECT coalesce(max(id), 0) FROM run"
_AT_WORK = "SELECT coalesce(min(id), 0) FROM run WHERE ended_us IS NULL AND started_us > :since_us"
_EVER = 2**62


def look(tx: LedgerTx) -> Counts:
    """Everything counted since the ledger was made."""
    upto, kept = _kept(tx)
    found = kept + _of_runs(tx, upto, _EVER)
    for pair, count in bulk.select(tx, _OF_CONFLICTS):
        found[CONFLICTS, pair] += int(count)
    return found


def sum_up(tx: LedgerTx, *, now_us: int, at_least: int = 1, at_most: int = _EVER) -> None:
    """Runs that are over need not be there any more to be counted; nothing is done for fewer than `at_least`.

    `at_most` bounds how many are summed up at once, so that nobody waits long for the ledger meanwhile.
    One that is at work keeps those after it from being summed up, until it ends or was surely killed.
    """
    upto, kept = _kept(tx)
    [(last,)] = bulk.select(tx, _LAST)
    [(at_work,)] = bulk.select(tx, _AT_WORK, since_us=now_us - OVER_US)
    over = min(int(at_work) - 1 if at_work else int(last), upto + at_most)
    if over - upto >= at_least:
        _write(tx, over, kept + _of_runs(tx, upto, over))


def tripped(tx: LedgerTx, guards: Iterable[str]) -> None:
    """These guards stopped a plan."""
    found: Counts = Counter((GUARDS, guard) for guard in guards)
    if found:
        upto, kept = _kept(tx)
        _write(tx, upto, kept + found)


def _of_runs(tx: LedgerTx, first: int, last: int) -> Counts:
    """What the runs after one of them and up to another tell."""
    found: Counts = Counter()
    for command, code, count, took_us, *within in bulk.select(tx, _OF_RUNS, first=first, last=last):
        found[RUNS, command, str(code)] += int(count)
        found[RUN_US, command] += int(took_us)
        for bound, number in zip(BOUNDS_S, within, strict=True):
            found[RUN_WITHIN, command, str(bound)] += int(number)
    for connection, is_writing, calls, credits_, *numbers in bulk.select(tx, _OF_STEPS, first=first, last=last):
        found[CALLS, connection] += int(calls)
        found[CREDITS, connection] += int(credits_)
        for op, number in _ops(dict(zip(READ_OPS, map(int, numbers), strict=True)), is_writing=bool(is_writing)):
            found[RECORDS, connection, op] += number
    return found


def _ops(numbers: dict[str, int], *, is_writing: bool) -> Iterator[tuple[str, int]]:
    if is_writing:
        yield SENT, numbers["written"] + numbers["updated"]
        yield REFUSED, numbers["quarantined"]
    else:
        yield from numbers.items()


def _kept(tx: LedgerTx) -> tuple[int, Counts]:
    """Up to which run everything is summed up, and what it came to."""
    row = bulk.first(tx, _GET, key=_KEY)
    if row is None:
        return 0, Counter()
    told = orjson.loads(row[0])
    return int(told["upto"]), Counter({tuple(labels): number for *labels, number in told["counts"]})


def _write(tx: LedgerTx, upto: int, counts: Counts) -> None:
    rows = sorted([*labels, number] for labels, number in counts.items() if number)
    bulk.run(tx, _PUT, key=_KEY, value=orjson.dumps({"upto": upto, "counts": rows}).decode())
