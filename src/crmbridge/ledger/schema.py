"""The tables of the ledger. Those of the kinds are generated from `model.kinds`, so a field is named once.

    connection -- stream -- raw_record -- raw_payload       what the vendors said, verbatim
                    |           (mapping_version)           feed, stage_change: deletions, history
                   link  ------ one table per kind          what it means in our words
                                 stage_event, field_change  what it was before
    run -- run_step, quarantine, lease, change_counter      how it came about
    shared_state, hint_inbox, hint_mark                     what the processes of a connection tell each other
    (what two systems decided, and what is written: `schema_writing`)

In PostgreSQL each workspace is a schema of its own (`search_path`), in SQLite a file of its own: no table has a
workspace column. A new neutral field is a new nullable column and needs no migration (`migrations.columns`); every
other change of this file needs a numbered one.
"""

from sqlalchemy import Column, ColumnElement, Index, Table, UniqueConstraint, or_

from crmbridge.ledger.declaring import METADATA
from crmbridge.ledger.declaring import declare as _table
from crmbridge.ledger.declaring import identity as _id
from crmbridge.ledger.declaring import integer as _int
from crmbridge.ledger.declaring import reference as _of
from crmbridge.ledger.declaring import text as _text
from crmbridge.ledger.types import BLOB, INT64, OF_COLUMN, TEXT
from crmbridge.model.kinds import KIND_NAMES, KindSpec, kind

APPLICATION_ID = 0x43524D42
"""Marks a SQLite file as ours ("CRMB")."""

meta = _table("meta", Column("key", TEXT, primary_key=True), _text("value"))

connection = _table(
    "connection",
    _id(),
    Column("name", TEXT, nullable=False, unique=True),
    _text("adapter"),
    _int("rank"),
    _text("org_id", needed=False),
    _text("org_title", needed=False),
    _int("created_us"),
)

stream = _table(
    "stream",
    _id(),
    _of("connection"),
    _text("object"),
    _text("cursor", needed=False),
    _int("high_water_us", needed=False),
    _int("full_listing_us", needed=False),
    _int("full_listing_count", needed=False),
    _int("moved_us", needed=False),
    _int("mapping_id", needed=False),
    _text("fields", needed=False),
    _text("filling", needed=False),
    UniqueConstraint("connection_id", "object"),
)
"""One object of one connection: how far it has been read; `mapping_id` is set while that mapping has read it all.

`fields` are the vendor fields (JSON) that everything kept was asked for with; `filling` those that a reading which
began again brings for the first time, NULL where none is under way.
"""

feed = Table(
    "feed",
    METADATA,
    Column("stream_id", INT64, primary_key=True, autoincrement=False),
    Column("name", TEXT, primary_key=True),
    _text("cursor", needed=False),
    _int("mapping_id", needed=False),
    _int("moved_us", needed=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""What else is read of an object, each from a cursor of its own: `deleted`, `history`."""

catalog_snapshot = _table("catalog_snapshot", _id(), _of("connection"), _int("hash"), _text("body"), _int("taken_us"))

mapping_version = _table(
    "mapping_version",
    _id(),
    _of("connection"),
    _text("hash"),
    _text("body"),
    _text("unknown"),
    _int("created_us"),
    UniqueConstraint("connection_id", "hash"),
)
"""`unknown` is JSON: for each object the neutral fields that the mapping cannot supply."""

raw_record = _table(
    "raw_record",
    _id(),
    _int("stream_id"),
    _text("external_id"),
    _int("hash"),
    _text("revision", needed=False),
    _int("modified_us", needed=False),
    _int("deleted"),
    _text("position", needed=False),
    _int("mapping_id", needed=False),
    _int("run_id", needed=False),
    _int("first_seen_us"),
    _int("last_seen_us"),
    Index("raw_record_key", "stream_id", "external_id", unique=True),
)
"""`hash` is xxh3_64 of the payload's JSON, signed; `mapping_id` the mapping that last tried to read it."""

raw_payload = _table(
    "raw_payload", Column("raw_id", INT64, primary_key=True, autoincrement=False), Column("body", BLOB, nullable=False)
)
"""The payload's JSON, zstd where that is shorter (a zstd frame cannot begin with `{`)."""

payload_dictionary = _table("payload_dictionary", _id(), _int("stream_id"), Column("body", BLOB, nullable=False))
"""What the payloads of a stream have in common; a payload names its dictionary by `id`."""

link = Table(
    "link",
    METADATA,
    Column("stream_id", INT64, primary_key=True, autoincrement=False),
    Column("external_id", TEXT, primary_key=True),
    _text("record_id"),
    _int("extra"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Which record of ours a vendor's id is. `extra` is 1 for every link of a record but its first (kept on the record)."""
Index("link_extra", link.c.record_id, sqlite_where=link.c.extra == 1, postgresql_where=link.c.extra == 1)

identity_key = Table(
    "identity_key",
    METADATA,
    Column("stream_id", INT64, primary_key=True, autoincrement=False),
    Column("external_id", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    _text("value"),
    Index("identity_key_value", "key", "value"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""The hard keys of each vendor record as they are now: equal values mean the same record."""

stage_change = _table(
    "stage_change",
    _id(),
    _int("stream_id"),
    _text("change_id"),
    _text("external_id"),
    _text("pipeline", needed=False),
    _text("from_label", needed=False),
    _text("to_label"),
    _int("at_us", needed=False),
    _text("at_precision"),
    _text("actor", needed=False),
    _int("modified_us", needed=False),
    _int("seen_us"),
    _int("mapping_id", needed=False),
    Index("stage_change_key", "stream_id", "change_id", unique=True),
)
"""The vendors' own history of stages, verbatim; `mapping_id` the mapping that has read it, NULL while it waits."""
Index(
    "stage_change_waiting",
    stage_change.c.stream_id,
    stage_change.c.id,
    sqlite_where=stage_change.c.mapping_id.is_(None),
    postgresql_where=stage_change.c.mapping_id.is_(None),
)

stage_event = _table(
    "stage_event",
    _id(),
    _int("hash"),
    _text("record_id"),
    _text("kind"),
    _int("seq"),
    _text("pipeline", needed=False),
    _text("from_stage", needed=False),
    _text("to_stage"),
    _int("at_us"),
    _text("at_precision"),
    _text("origin"),
    _text("vendor_label", needed=False),
    _int("amount_e4", needed=False),
    _text("amount_currency", needed=False),
    _text("expected_close", needed=False),
    _int("probability_e6", needed=False),
    _text("owner_ref", needed=False),
    _text("actor_ref", needed=False),
    _int("earliest_us", needed=False),
    _int("latest_us", needed=False),
    _text("change_id", needed=False),
    _int("change_no"),
    Index("stage_event_hash", "hash", unique=True),
    Index("stage_event_record", "record_id", "seq", unique=True),
    Index("stage_event_change", "change_no"),
)
"""Append only, but for vendor history that a mended mapping reads anew. `hash` recognises what is delivered again."""

field_change = _table(
    "field_change",
    _id(),
    _text("record_id"),
    _text("kind"),
    _text("field"),
    _text("old"),
    _text("new"),
    _int("at_us"),
    _text("origin"),
    _text("actor_ref", needed=False),
    _int("change_no"),
    Index("field_change_record", "record_id"),
    Index("field_change_change", "change_no"),
)
"""Append only; `old` and `new` are JSON values."""

pipeline = _table(
    "pipeline",
    Column("id", TEXT, primary_key=True),
    _text("object"),
    _text("names"),
    _int("version"),
    _int("active"),
    _text("body"),
    _int("change_no"),
)

stage = _table(
    "stage",
    Column("pipeline_id", TEXT, primary_key=True),
    Column("key", TEXT, primary_key=True),
    _int("ord"),
    _int("rank", needed=False),
    _text("category"),
    _text("names"),
    _int("probability_e6", needed=False),
    _text("forecast_category", needed=False),
    _int("sla_days", needed=False),
    _text("sla_unit"),
    _text("sla_clock"),
    _int("change_no"),
)

run = _table(
    "run",
    _id(),
    _text("command"),
    _text("version"),
    _int("started_us"),
    _int("ended_us", needed=False),
    _int("exit_code", needed=False),
    _text("error_code", needed=False),
    _text("error", needed=False),
    _text("job", needed=False),
    _int("due_us", needed=False),
    _int("attempt", needed=False),
)
"""`job` is the scheduled one whose run this is, for what came due at `due_us`, tried for the `attempt`-th time."""

run_step = _table(
    "run_step",
    _id(),
    _of("run"),
    _text("connection"),
    _text("object"),
    *(_int(name) for name in ("read", "landed", "unchanged", "written", "updated", "quarantined", "deleted", "calls")),
    _text("cursor_before", needed=False),
    _text("cursor_after", needed=False),
    _int("started_us"),
    _int("duration_us"),
    _int("exit_code"),
    _text("error_code", needed=False),
    _text("error", needed=False),
    Column("part", TEXT, nullable=False, server_default="records"),
    Column("credits", INT64, nullable=False, server_default="0"),
    _int("credits_left", needed=False),
    _int("returns_us", needed=False),
    _text("notices", needed=False),
    Index("run_step_run", "run_id"),
)
"""One object of a run, or another `part` of it (`deleted`, `history`); `notices` is JSON, what the source told."""

quarantine = _table(
    "quarantine",
    _id(),
    _int("connection_id"),
    _text("object"),
    _text("key"),
    _text("external_id", needed=False),
    _text("position", needed=False),
    _text("code"),
    _text("problems"),
    _text("raw", needed=False),
    _int("mapping_id", needed=False),
    _int("run_id", needed=False),
    _int("attempts"),
    _int("first_us"),
    _int("last_us"),
    _int("resolved_us", needed=False),
    _text("resolution", needed=False),
)
"""`problems` is JSON; `key` the external id, else the place: one open row for each."""
Index(
    "quarantine_open",
    quarantine.c.connection_id,
    quarantine.c.object,
    quarantine.c.key,
    unique=True,
    sqlite_where=quarantine.c.resolved_us.is_(None),
    postgresql_where=quarantine.c.resolved_us.is_(None),
)

lease = _table(
    "lease",
    Column("name", TEXT, primary_key=True),
    _text("holder", needed=False),
    _int("generation"),
    _int("expires_us"),
)
"""`generation` rises with every change of hands; `holder` is NULL when free."""

change_counter = _table("change_counter", _id(), _int("last"))

shared_state = _table(
    "shared_state",
    Column("connection_id", INT64, primary_key=True, autoincrement=False),
    Column("key", TEXT, primary_key=True),
    _text("value", needed=False),
    _int("changed_us"),
)
"""Small texts that every process of a connection shares: budgets, breakers, subscriptions. Never a secret."""

hint_inbox = _table(
    "hint_inbox",
    _id(),
    _int("connection_id"),
    _text("object"),
    _text("external_id"),
    _int("first_us"),
    _int("last_us"),
    _int("count"),
    UniqueConstraint("connection_id", "object", "external_id"),
)
"""Records that a vendor's notification spoke of and nobody has looked at since: one row for each, however often."""

hint_mark = _table(
    "hint_mark",
    Column("connection_id", INT64, primary_key=True, autoincrement=False),
    Column("mark", TEXT, primary_key=True),
    _int("at_us"),
)
"""Notifications that were taken a short while ago, so that one which comes again is taken once."""


ENVELOPE_COLUMNS = (
    "id",
    "connection_id",
    "object",
    "external_id",
    "subject_id",
    "mapping_id",
    "version",
    "revision",
    "first_seen_us",
    "last_seen_us",
    "lifecycle",
    "merged_into",
)
"""What every kind's table begins with; then the kind's own columns, `<ref>_id` for each reference, and the tail."""


def unresolved(table: Table, spec: KindSpec) -> ColumnElement[bool]:
    """Whether a row has a reference whose target is not known yet."""
    open_references = [
        table.c[f"{ref.name}_ref"].is_not(None) & table.c[f"{ref.name}_id"].is_(None) for ref in spec.references
    ]
    return or_(*open_references)


def _kind_table(spec: KindSpec) -> Table:
    table = _table(
        spec.name,
        Column("id", TEXT, primary_key=True),
        _int("connection_id"),
        _text("object"),
        _text("external_id"),
        _text("subject_id"),
        _int("mapping_id"),
        _int("version"),
        _text("revision", needed=False),
        _int("first_seen_us"),
        _int("last_seen_us"),
        _text("lifecycle"),
        _text("merged_into", needed=False),
        *(Column(column.name, OF_COLUMN[column.type]) for column in spec.columns),
        *(_text(f"{ref.name}_id", needed=False) for ref in spec.references),
        _text("custom", needed=False),
        _text("stage_dates", needed=False),
        _text("issues", needed=False),
        _int("change_no"),
        Index(f"{spec.name}_change", "change_no"),
    )
    where = unresolved(table, spec)
    Index(f"{spec.name}_unresolved", table.c.connection_id, sqlite_where=where, postgresql_where=where)
    return table


KIND_TABLES: dict[str, Table] = {name: _kind_table(kind(name)) for name in KIND_NAMES}
"""The table of each kind, by its name."""
