"""Looks through a whole ledger for what no engine notices: that what belongs together is there and is what was stored.

An engine knows whether its pages are whole. Here every payload is unpacked and compared with its hash, every neutral
row with the version that was taken of it, every number that names a row of another table is looked up, and every JSON
text is parsed. Texts that nothing was hashed of (the history of runs, what was decided, what was written) are known to
be readable, no more.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from crmbridge.ledger import bulk, changes, dictionaries
from crmbridge.ledger.declaring import METADATA
from crmbridge.ledger.hashes import signed_hash
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.ledger.versions import row_versions
from crmbridge.model.kinds import KIND_NAMES, KindSpec, kind
from crmbridge.model.notes import Note

MOST = 100
"""So many problems are named of each sort."""
_PAGE = 2_000
_TAIL = ("custom", "stage_dates", "issues")

_POINTERS = (
    *(("raw_record", "stream_id", "stream", "id"), ("raw_payload", "raw_id", "raw_record", "id")),
    *(("raw_record", "id", "raw_payload", "raw_id"), ("raw_record", "mapping_id", "mapping_version", "id")),
    *(("stream", "connection_id", "connection", "id"), ("stream", "mapping_id", "mapping_version", "id")),
    *(("mapping_version", "connection_id", "connection", "id"), ("payload_dictionary", "stream_id", "stream", "id")),
    *(("link", "stream_id", "stream", "id"), ("feed", "stream_id", "stream", "id")),
    *(("identity_key", "stream_id", "stream", "id"), ("stage_change", "stream_id", "stream", "id")),
    *(("touched", "stream_id", "stream", "id"), ("pair_mark", "stream_id", "stream", "id")),
    *(("twin", "left_stream", "stream", "id"), ("twin", "right_stream", "stream", "id")),
    *(("conflict", "twin_id", "twin", "id"), ("outbox", "plan_id", "write_plan", "id")),
    *(("outbox", "connection_id", "connection", "id"), ("run_step", "run_id", "run", "id")),
    *(("stage", "pipeline_id", "pipeline", "id"), ("quarantine", "connection_id", "connection", "id")),
    *((name, "connection_id", "connection", "id") for name in KIND_NAMES),
    *((name, "mapping_id", "mapping_version", "id") for name in KIND_NAMES),
)
"""What names a row of another table: (table, column, the other table, its column)."""

_JSON = {
    "stream": ("fields", "filling"),
    "mapping_version": ("unknown",),
    "quarantine": ("problems",),
    "run_step": ("notices",),
    "field_change": ("old", "new"),
    "twin": ("fields",),
    "conflict": ("base", "candidates", "value"),
    "write_plan": ("guards", "lifted", "held"),
    "outbox": ("lines", "fields", "before", "told"),
}
_WORDS = {
    ("twin", "state"): ("linked", "left_gone", "right_gone", "parted"),
    ("write_plan", "state"): ("open", "approved", "running", "done", "refused", "superseded"),
    ("outbox", "state"): ("planned", "sent", "applied", "rejected", "stale", "unknown", "moved", "dropped"),
    ("outbox", "op"): ("create", "update", "delete"),
    **{(name, "lifecycle"): ("active", "suspect", "archived", "deleted", "merged") for name in KIND_NAMES},
}


def problems(tx: LedgerTx) -> Iterator[Note]:
    """What is wrong in the ledger, at most `MOST` of each sort; reads all of it. StoreError where it cannot be read."""
    _read_all(tx)
    for one in _POINTERS:
        yield from _lost(tx, *one)
    yield from _links(tx)
    for name in KIND_NAMES:
        yield from _references(tx, kind(name))
        yield from _rows(tx, kind(name))
    yield from _payloads(tx)
    yield from _numbers(tx)
    for table, columns in _JSON.items():
        yield from _texts(tx, table, columns)
    for (table, column), known in _WORDS.items():
        yield from _words(tx, table, column, known)


def _read_all(tx: LedgerTx) -> None:
    """Every text is one: the driver raises where a file has other bytes; a server has seen to it before."""
    for table in METADATA.sorted_tables if tx.is_sqlite else ():
        for _ in tx.sqlite.execute(f'SELECT * FROM "{table.name}"'):  # noqa: S608 - names of tables
            pass


def _lost(tx: LedgerTx, table: str, column: str, other: str, key: str) -> Iterator[Note]:
    """Rows whose number names nothing."""
    sql = f'SELECT a."{column}" FROM "{table}" AS a LEFT JOIN "{other}" AS b ON b."{key}" = a."{column}"'  # noqa: S608
    where = f'a."{column}" IS NOT NULL AND b."{key}" IS NULL'
    for (number,) in bulk.select(tx, f"{sql} WHERE {where} LIMIT {MOST}"):
        yield Note(
            "LOST_END",
            "{table}.{column} {number} names a row of {other} that is not there",
            {"table": table, "column": column, "number": number, "other": other},
        )


def _links(tx: LedgerTx) -> Iterator[Note]:
    """Links to records that are not there, and records that no link leads to."""
    sql = f"SELECT a.external_id, a.record_id FROM link AS a WHERE {_nowhere('record_id')} LIMIT {MOST}"  # noqa: S608
    for external_id, record_id in bulk.select(tx, sql):
        yield Note(
            "LOST_LINK",
            "the link of {external_id} points at {record_id}, which is not there",
            {"external_id": external_id, "record_id": record_id},
        )
    for name in KIND_NAMES:
        sql = (
            f'SELECT a.id, a.external_id FROM "{name}" AS a'  # noqa: S608 - names of tables
            " LEFT JOIN stream AS s ON s.connection_id = a.connection_id AND s.object = a.object"
            " LEFT JOIN link AS l ON l.stream_id = s.id AND l.external_id = a.external_id"
            f" WHERE l.record_id IS NULL LIMIT {MOST}"
        )
        for record_id, external_id in bulk.select(tx, sql):
            yield Note(
                "UNLINKED",
                "no link points at the {kind} {record_id} ({external_id})",
                {"kind": name, "record_id": record_id, "external_id": external_id},
            )


_RECORDS = " UNION ALL ".join(f'SELECT id FROM "{name}"' for name in KIND_NAMES)  # noqa: S608 - names of tables


def _nowhere(column: str) -> str:
    """SQL: no kind has a record of that id. One question: PostgreSQL plans twenty of them longer than it asks."""
    return f'NOT EXISTS (SELECT 1 FROM ({_RECORDS}) AS k WHERE k.id = a."{column}")'  # noqa: S608 - as above


def _references(tx: LedgerTx, spec: KindSpec) -> Iterator[Note]:
    """References of neutral rows to rows that are not there."""
    for reference in spec.references:
        column = f"{reference.name}_id"
        where = f'a."{column}" IS NOT NULL AND {_nowhere(column)}'
        sql = f'SELECT a.id, a."{column}" FROM "{spec.name}" AS a WHERE {where} LIMIT {MOST}'  # noqa: S608 - as above
        for record_id, target in bulk.select(tx, sql):
            yield Note(
                "LOST_REFERENCE",
                "{field} of the {kind} {record_id} points at {target}, which is not there",
                {"field": reference.name, "kind": spec.name, "record_id": record_id, "target": target},
            )


def _rows(tx: LedgerTx, spec: KindSpec) -> Iterator[Note]:
    """Neutral rows that are not what their version was taken of."""
    names = [column.name for column in spec.columns]
    younger = _younger(tx, spec.name)
    wanted = ", ".join(f'"{name}"' for name in ("id", "version", *_TAIL, *names))
    found, after = 0, ""
    while rows := bulk.select(
        tx,
        f'SELECT {wanted} FROM "{spec.name}" WHERE id > :after ORDER BY id LIMIT {_PAGE}',  # noqa: S608 - as above
        after=after,
    ):
        after = rows[-1][0]
        canonical = [(row[5:], *row[2:5]) for row in rows]
        versions = row_versions(canonical) or [version_of(one) for one in canonical]
        for row, version in zip(rows, versions, strict=True):
            if version == row[1] or _was_younger(row, names, younger):
                continue
            found += 1
            if found > MOST:
                return
            yield Note(
                "CHANGED_ROW",
                "the {kind} {record_id} is not what was written",
                {"kind": spec.name, "record_id": row[0]},
            )


def version_of(row: tuple[Any, ...]) -> int | None:
    """The version of canonical values (values, custom, stage_dates, issues); None where they could not be stored."""
    found = row_versions([row])
    return found[0] if found else None


def _was_younger(row: Sequence[Any], names: Sequence[str], younger: Sequence[str]) -> bool:
    """Whether the row was written before the kind had gained its last fields: they are empty, and in no version."""
    for count in range(1, len(younger) + 1):
        left = set(younger[-count:])
        values = tuple(value for name, value in zip(names, row[5:], strict=True) if name not in left)
        if version_of((values, *row[2:5])) == row[1]:
            return all(value is None for name, value in zip(names, row[5:], strict=True) if name in left)
    return False


def _younger(tx: LedgerTx, table: str) -> list[str]:
    """The columns that a table has gained since it was made: they stand behind its last one."""
    in_file = "SELECT name FROM pragma_table_info(:table) ORDER BY cid"
    on_server = (
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = :table ORDER BY ordinal_position"
    )
    names = [row[0] for row in bulk.select(tx, in_file if tx.is_sqlite else on_server, table=table)]
    return names[names.index("change_no") + 1 :]


def _payloads(tx: LedgerTx) -> Iterator[Note]:
    """Payloads that are not what a system sent."""
    unpack = dictionaries.decompressor(tx).unpack
    sql = (
        "SELECT r.id, r.external_id, r.hash, p.body FROM raw_record AS r JOIN raw_payload AS p ON p.raw_id = r.id"
        " WHERE r.id > :after ORDER BY r.id LIMIT :page"
    )
    found, after = 0, -1
    while rows := bulk.select(tx, sql, after=after, page=_PAGE):
        after = rows[-1][0]
        for _, external_id, digest, stored in rows:
            try:
                is_whole = signed_hash(unpack(bytes(stored))) == digest
            except ValueError:
                is_whole = False
            if not is_whole:
                found += 1
                if found > MOST:
                    return
                yield Note(
                    "CHANGED_PAYLOAD",
                    "the payload of {external_id} is not what was stored",
                    {"external_id": external_id},
                )


def _numbers(tx: LedgerTx) -> Iterator[Note]:
    """Change numbers that were never given."""
    last = changes.last_change(tx)
    for name in (*KIND_NAMES, "stage_event", "field_change", "pipeline", "stage"):
        ((top,),) = bulk.select(tx, f'SELECT max(change_no) FROM "{name}"')  # noqa: S608 - names of tables
        if top is not None and top > last:
            text = "{table} has the change number {number}, and the last one given was {last}"
            yield Note("LATE_CHANGE", text, {"table": name, "number": top, "last": last})


def _texts(tx: LedgerTx, table: str, columns: Sequence[str]) -> Iterator[Note]:
    """Texts that should be JSON and are not."""
    wanted = ", ".join(f'"{name}"' for name in columns)
    found, after = 0, -1
    while rows := bulk.select(
        tx,
        f'SELECT id, {wanted} FROM "{table}" WHERE id > :after ORDER BY id LIMIT {_PAGE}',  # noqa: S608 - as above
        after=after,
    ):
        after = rows[-1][0]
        for number, *texts in rows:
            for name, text in zip(columns, texts, strict=True):
                if text is not None and not _is_json(text):
                    found += 1
                    if found > MOST:
                        return
                    yield Note(
                        "UNREADABLE",
                        "{table} {number}: {column} cannot be read",
                        {"table": table, "number": number, "column": name},
                    )


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def _words(tx: LedgerTx, table: str, column: str, known: Sequence[str]) -> Iterator[Note]:
    """Words that nothing understands."""
    among = ", ".join(f"'{word}'" for word in known)
    sql = f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" NOT IN ({among}) LIMIT {MOST}'  # noqa: S608
    for (word,) in bulk.select(tx, sql):
        text = "{table}.{column} holds {word}, which nothing understands"
        yield Note("STRANGE_WORD", text, {"table": table, "column": column, "word": word})
