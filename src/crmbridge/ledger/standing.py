"""How things stand now, for whoever watches: what is in doubt, what waits, how far each object is read."""

from dataclasses import dataclass

from crmbridge.ledger import bulk
from crmbridge.ledger.runs import CAME_TO_ITS_END, RECORDS, SYNC
from crmbridge.ledger.transaction import LedgerTx

DAY_US = 86_400_000_000
TRIED_WITHIN_US = 2 * DAY_US
"""An object that was not tried for so long before the last try of its connection is not read any more."""

_READINGS = (
    f"FROM run_step AS s WHERE s.part = '{RECORDS}' AND s.connection = :connection"  # noqa: S608 - our own words
    f" AND EXISTS (SELECT 1 FROM run AS r WHERE r.id = s.run_id AND r.command = '{SYNC}')"
)
"""No join: an engine would read all runs first, and sort their steps."""

_TRIED = f"SELECT s.started_us {_READINGS} ORDER BY s.id DESC LIMIT 1"
_FIRST = "SELECT coalesce(min(id), 0) FROM run WHERE started_us >= :since_us"
_OBJECTS = f"SELECT DISTINCT s.object {_READINGS} AND s.run_id >= :first ORDER BY s.object"
_LAST = (
    f"SELECT s.started_us, s.started_us + s.duration_us {_READINGS} AND s.object = :object"
    f" AND {CAME_TO_ITS_END} ORDER BY s.id DESC LIMIT 1"
)
_DOUBTS = (
    "SELECT connection_id, count(*), min(sent_us) FROM outbox WHERE state IN ('sent', 'unknown') GROUP BY connection_id"
)
_QUARANTINED = "SELECT connection_id, count(*) FROM quarantine WHERE resolved_us IS NULL GROUP BY connection_id"
_RECORDS = (
    "SELECT s.connection_id, sum(r.number) FROM stream AS s JOIN"
    " (SELECT stream_id, count(*) AS number FROM raw_record GROUP BY stream_id) AS r ON r.stream_id = s.id"
    " GROUP BY s.connection_id"
)
_JOBS = "SELECT job, max(ended_us) FROM run WHERE job IS NOT NULL AND exit_code IN (0, 1) GROUP BY job"
_DOORS = "SELECT connection_id, value FROM shared_state WHERE substr(key, 1, 5) = 'door:' AND value IS NOT NULL"
_WAITING = "SELECT count(*) FROM write_plan WHERE state = 'open' AND guards IS NOT NULL AND expires_us > :now_us"


@dataclass(frozen=True, slots=True)
class Reading:
    """The last reading of an object that came to its end: when it began and when it ended; None where none has."""

    began_us: int | None
    ended_us: int | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """Writes that nobody knows to have arrived, and since when the oldest is out."""

    count: int
    oldest_us: int | None


def readings(tx: LedgerTx, connection: str) -> dict[str, Reading]:
    """By object: what is read of a connection nowadays, and how its last reading went that came to its end.

    The history is read from its end, so its length matters only where an object has not come to its end for long.
    """
    tried = bulk.first(tx, _TRIED, connection=connection)
    if tried is None:
        return {}
    [(first,)] = bulk.select(tx, _FIRST, since_us=int(tried[0]) - TRIED_WITHIN_US)
    names = [name for (name,) in bulk.select(tx, _OBJECTS, connection=connection, first=first)]
    return {
        name: Reading(*(bulk.first(tx, _LAST, connection=connection, object=name) or (None, None))) for name in names
    }


def doubts(tx: LedgerTx) -> dict[int, Doubt]:
    """By connection."""
    return {row[0]: Doubt(int(row[1]), row[2]) for row in bulk.select(tx, _DOUBTS)}


def quarantined(tx: LedgerTx) -> dict[int, int]:
    """How many records wait in quarantine, by connection."""
    return {row[0]: int(row[1]) for row in bulk.select(tx, _QUARANTINED)}


def landed(tx: LedgerTx) -> dict[int, int]:
    """How many records of each connection the ledger holds as they came."""
    return {row[0]: int(row[1]) for row in bulk.select(tx, _RECORDS)}


def jobs_done(tx: LedgerTx) -> dict[str, int]:
    """When each scheduled job last did its work, some records in quarantine or none."""
    return {row[0]: int(row[1]) for row in bulk.select(tx, _JOBS)}


def doors(tx: LedgerTx) -> dict[int, list[str]]:
    """What the processes of each connection share about its doors, as texts of `http.state`."""
    found: dict[int, list[str]] = {}
    for connection_id, value in bulk.select(tx, _DOORS):
        found.setdefault(connection_id, []).append(value)
    return found


def plans_stopped(tx: LedgerTx, *, now_us: int) -> int:
    """How many plans wait for a person because a guard stopped them."""
    row = bulk.first(tx, _WAITING, now_us=now_us)
    return int(row[0]) if row else 0


def schema(tx: LedgerTx) -> int:
    """The version of the schema that the ledger has."""
    [(told,)] = bulk.select(tx, "SELECT value FROM meta WHERE key = 'schema_version'")
    return int(told)
