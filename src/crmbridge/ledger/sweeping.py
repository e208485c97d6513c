"""Erased persons leave a ledger: their own rows go, and every text of others is written without them.

Needs nothing but the keyed hashes, so that a ledger that was put back from a backup is swept in the same way. One
transaction; every table is looked through, whatever is added to the schema later.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, select, update

from crmbridge.ledger import bulk, persons, sweeping_payloads
from crmbridge.ledger.changes import next_change
from crmbridge.ledger.declaring import METADATA
from crmbridge.ledger.erased import Erased, References
from crmbridge.ledger.schema import KIND_TABLES, link, raw_record
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.types import TEXT
from crmbridge.ledger.versions import row_versions
from crmbridge.model.kinds import kind

LEFT_ALONE = frozenset(
    {
        *("meta", "audit", "audit_floor", "erased", "raw_payload", "payload_dictionary", "lease", "change_counter"),
        *("connection", "stream", "feed", "mapping_version", "pipeline", "stage", "job_state", "pair_mark"),
    }
)
"""Tables in which nobody stands, or that are looked through in a way of their own."""
NAMED = frozenset({*persons.KINDS, "user"})
"""Tables in which a name is a person's own."""
WHOLE_ROWS = frozenset({"audit_word", "hint_mark", "identity_key"})
"""Tables of which a row that names somebody goes."""
_BY_RECORD = (
    *(("stage_event", "record_id"), ("field_change", "record_id"), ("conflict", "record_id"), ("twin", "record_id")),
    *(("likeness", "left_record"), ("likeness", "right_record"), ("outbox", "record_id")),
)
_BY_PLACE = ("link", "identity_key", "touched", "stage_change")
_BY_OBJECT = ("quarantine", "hint_inbox", "outbox")
_REFERENCES = frozenset({"contact_ref", "lead_ref", "converted_contact_ref"})
_PAGE = 2_000


@dataclass(slots=True)
class Swept:
    """What was found: rows that are gone and rows that were written anew, by table."""

    gone: Counter[str] = field(default_factory=Counter)
    cleaned: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Own:
    """What is a person's own: records of ours, and vendor records by their streams."""

    ids: set[str] = field(default_factory=set)
    places: dict[int, set[str]] = field(default_factory=dict)
    streams: dict[int, tuple[int, str, str]] = field(default_factory=dict)


def sweep(tx: LedgerTx, gone: Erased, *, references: Callable[[str, str], References], now_us: int) -> Swept:
    """Takes erased persons out of everything. `references` tells of a connection's object which fields hold ids."""
    found, own = Swept(), _own(tx, gone)
    _drop_own(tx, own, found)
    for stream_id, (_, connection, object_name) in sorted(own.streams.items()):
        kinds = [name for name in KIND_TABLES if _feeds(tx, name, own.streams[stream_id][0], object_name)]
        sweeping_payloads.sweep(
            tx,
            stream_id,
            gone,
            sweeping_payloads.Place(connection, references(connection, object_name), not NAMED.intersection(kinds)),
            is_touched=bool(own.places.get(stream_id)),
            told=found.cleaned,
        )
    for table in METADATA.sorted_tables:
        if table.name not in LEFT_ALONE:
            _sweep_table(tx, table, gone, own, found)
    _drop_plans(tx, found, now_us)
    return found


def _feeds(tx: LedgerTx, table: str, connection_id: int, object_name: str) -> bool:
    sql = f'SELECT 1 FROM "{table}" WHERE connection_id = :connection_id AND object = :object LIMIT 1'  # noqa: S608 - a kind's own name
    return bulk.first(tx, sql, connection_id=connection_id, object=object_name) is not None


# -- what is somebody's own --------------------------------------------------------------------------------------------


def _own(tx: LedgerTx, gone: Erased) -> _Own:
    own = _Own()
    sql = (
        "SELECT s.id, s.connection_id, c.name, s.object FROM stream AS s"
        " JOIN connection AS c ON c.id = s.connection_id ORDER BY s.id"
    )
    own.streams = {row[0]: (row[1], row[2], row[3]) for row in bulk.select(tx, sql)}
    for one in persons.everybody(tx):
        if gone.is_record(one.connection, one.object, one.external_id) or gone.is_own((*one.mails, *one.phones)):
            own.ids.add(one.id)
    for place in (raw_record, link):
        both = [place.c[name] for name in ("stream_id", "external_id")]
        rows: Iterable[Any] = tx.execute(select(*both)).yield_per(_PAGE)
        for stream_id, external_id in rows:
            _, connection, object_name = own.streams[stream_id]
            if gone.is_record(connection, object_name, external_id):
                own.places.setdefault(stream_id, set()).add(external_id)
    for stream_id, external_ids in own.places.items():
        sql = "SELECT record_id FROM link WHERE stream_id = :stream_id AND external_id IN {wanted}"
        own.ids |= {row[0] for row in bulk.fetch(tx, sql, sorted(external_ids), stream_id=stream_id)}
    own.ids |= {row[0] for name in persons.KINDS for row in _merged(tx, name, own.ids)}
    sql = "SELECT stream_id, external_id FROM link WHERE record_id IN {wanted}"
    for stream_id, external_id in bulk.fetch(tx, sql, sorted(own.ids)):
        own.places.setdefault(stream_id, set()).add(external_id)
    return own


def _merged(tx: LedgerTx, name: str, ids: Iterable[str]) -> list[tuple[Any, ...]]:
    return bulk.fetch(tx, f'SELECT id FROM "{name}" WHERE merged_into IN {{wanted}}', sorted(ids))  # noqa: S608 - a kind


def _drop_own(tx: LedgerTx, own: _Own, found: Swept) -> None:
    ids = sorted(own.ids)
    for name in persons.KINDS:
        found.gone[name] += bulk.delete(tx, f'DELETE FROM "{name}" WHERE id IN {{wanted}}', ids)  # noqa: S608 - a kind
    for table, column in _BY_RECORD:
        found.gone[table] += bulk.delete(tx, f"DELETE FROM {table} WHERE {column} IN {{wanted}}", ids)  # noqa: S608 - ours
    for stream_id, external_ids in own.places.items():
        wanted = sorted(external_ids)
        sql = (
            "DELETE FROM raw_payload WHERE raw_id IN (SELECT r.id FROM raw_record AS r"
            " WHERE r.stream_id = :stream_id AND r.external_id IN {wanted})"
        )
        found.gone["raw_payload"] += bulk.delete(tx, sql, wanted, stream_id=stream_id)
        for table in ("raw_record", *_BY_PLACE):
            sql = f"DELETE FROM {table} WHERE stream_id = :stream_id AND external_id IN {{wanted}}"  # noqa: S608 - ours
            found.gone[table] += bulk.delete(tx, sql, wanted, stream_id=stream_id)
        connection_id, _, object_name = own.streams[stream_id]
        where = {"connection_id": connection_id, "object": object_name}
        for table in _BY_OBJECT:
            sql = (
                f"DELETE FROM {table} WHERE connection_id = :connection_id AND object = :object"  # noqa: S608 - ours
                " AND external_id IN {wanted}"
            )
            found.gone[table] += bulk.delete(tx, sql, wanted, **where)


# -- what others say ---------------------------------------------------------------------------------------------------


def _sweep_table(tx: LedgerTx, table: Table, gone: Erased, own: _Own, found: Swept) -> None:
    """Rows whose texts name somebody are written anew, or go where what names him is what they are found by."""
    keys = [column.name for column in table.primary_key.columns]
    texts = [column for column in table.columns if isinstance(column.type, type(TEXT)) and column.name not in keys]
    if not texts and not any(isinstance(table.c[name].type, type(TEXT)) for name in keys):
        return
    names, is_kind = table.name not in NAMED, table.name in KIND_TABLES
    wanted = [*(table.c[name] for name in keys), *texts]
    connections = {connection_id: name for connection_id, name, _ in own.streams.values()}
    whole: list[dict[str, Any]] = []
    anew: list[tuple[dict[str, Any], dict[str, Any]]] = []
    extra = [table.c.connection_id] if is_kind else []
    for row in tx.execute(select(*wanted, *extra)).yield_per(_PAGE):
        key = dict(zip(keys, row, strict=False))
        told = dict(zip((column.name for column in texts), row[len(keys) :], strict=False))
        lost = _lost(told, connections.get(row[-1], ""), gone) if is_kind else set()
        shown = "\n".join(str(one) for one in (*key.values(), *told.values()) if one is not None)
        if not lost and not _finds(gone, shown, names=names):
            continue
        if table.name in WHOLE_ROWS or _names_key(gone, key):
            whole.append(key)
            continue
        made = _made(table, told, gone, names=names) | dict.fromkeys(lost)
        changed = {name: value for name, value in made.items() if value != told[name]}
        if _is_found_by(table, changed):
            whole.append(key)
        elif changed:
            anew.append((key, changed))
    for key in whole:
        tx.execute(table.delete().where(*(table.c[name] == value for name, value in key.items())))
    for key, changed in anew:
        tx.execute(update(table).where(*(table.c[name] == value for name, value in key.items())).values(changed))
    if is_kind and anew:
        _renew(tx, table, [str(key["id"]) for key, _ in anew])
    found.gone[table.name] += len(whole)
    found.cleaned[table.name] += len(anew)


def _names_key(gone: Erased, key: Mapping[str, Any]) -> bool:
    return any(isinstance(one, str) and gone.finds(one, names=False) for one in key.values())


def _finds(gone: Erased, shown: str, *, names: bool) -> bool:
    """A row's texts together may begin as JSON and go on as something else: escapes are looked at one by one."""
    if "\\" not in shown:
        return gone.finds(shown, names=names)
    return any(gone.finds(one, names=names) for one in shown.split("\n"))


def _lost(told: Mapping[str, Any], connection: str, gone: Erased) -> set[str]:
    """The references of a row that mean somebody, though their ids are too short to say so anywhere else."""
    return {
        name for name in _REFERENCES & told.keys() if told[name] is not None and gone.is_key(connection, told[name])
    }


def _made(table: Table, told: Mapping[str, Any], gone: Erased, *, names: bool) -> dict[str, Any]:
    shown = "\n".join(str(one) for one in told.values() if one is not None)
    sure = frozenset(person for one in shown.split("\n") for person in gone.persons(one))
    made: dict[str, Any] = {}
    for name, text in told.items():
        if text is None:
            continue
        new = gone.cleaned_json(text, names=names, persons=sure)
        if table.c[name].nullable:
            made[name] = None if new == "[]" else new
        else:
            made[name] = "" if new is None else new
    return made


def _is_found_by(table: Table, changed: Iterable[str]) -> bool:
    """Whether a unique key of the table would say something else."""
    unique = {column.name for one in table.constraints if hasattr(one, "columns") for column in one.columns}
    unique |= {column.name for index in table.indexes if index.unique for column in index.columns}
    return bool(unique.intersection(changed))


def _renew(tx: LedgerTx, table: Table, ids: Sequence[str]) -> None:
    """The versions of rows that were written anew, under this transaction's change number."""
    columns = [column.name for column in kind(table.name).columns]
    change_no = next_change(tx)
    for at in range(0, len(ids), _PAGE):
        rows = bulk.kept(tx, table.name, ("custom", "stage_dates", "issues", *columns), ids[at : at + _PAGE])
        versions = row_versions([(tuple(row[4:]), *row[1:4]) for row in rows]) or ()
        changed = [(version, change_no, row[0]) for row, version in zip(rows, versions, strict=True)]
        bulk.update(tx, table.name, ("version", "change_no"), changed)


def _drop_plans(tx: LedgerTx, found: Swept, now_us: int) -> None:
    """What waits to be sent was made of other texts than stand there now: it is planned anew."""
    if found.cleaned["outbox"] or found.gone["outbox"]:
        sql = "UPDATE outbox SET state = 'dropped', settled_us = :now_us WHERE state = 'planned'"
        bulk.run(tx, sql, now_us=now_us)
        sql = (
            "UPDATE write_plan SET state = 'superseded', ended_us = :now_us"
            " WHERE state IN ('open', 'approved', 'running')"
        )
        bulk.run(tx, sql, now_us=now_us)
