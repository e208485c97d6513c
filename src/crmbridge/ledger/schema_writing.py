"""The tables of what goes out: two systems kept in step, and everything that is written anywhere.

touched, pair_mark, twin, conflict  what is decided, what each side was last seen with, where two people disagreed
likeness                            records of two systems that may be one, and what a person said of them
write_plan, outbox, grant_given     what is to be written, what became of it, what may be written at all
"""

from sqlalchemy import Column, Index, Table, UniqueConstraint

from crmbridge.ledger.declaring import METADATA, declare, identity, integer, text
from crmbridge.ledger.types import INT64, TEXT

touched = Table(
    "touched",
    METADATA,
    Column("stream_id", INT64, primary_key=True, autoincrement=False),
    Column("external_id", TEXT, primary_key=True),
    Column("number", INT64, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Records of a paired object that came or changed; `number` rises within the stream with every touch."""
Index("touched_number", touched.c.stream_id, touched.c.number)

pair_mark = Table(
    "pair_mark",
    METADATA,
    Column("pair", TEXT, primary_key=True),
    Column("stream_id", INT64, primary_key=True, autoincrement=False),
    Column("number", INT64, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""How far a pair has looked at what was touched in a stream."""

twin = declare(
    "twin",
    identity(),
    text("pair"),
    text("kind"),
    text("record_id"),
    *(integer(f"{side}_stream", needed=False) for side in ("left", "right")),
    *(text(f"{side}_id", needed=False) for side in ("left", "right")),
    *(text(f"{side}_revision", needed=False) for side in ("left", "right")),
    text("state"),
    text("fields"),
    integer("behind"),
    integer("open"),
    integer("changed_us"),
    UniqueConstraint("pair", "record_id"),
)
"""One record in two systems. `fields` is JSON: for each the value decided, since when, and what each side showed last.

`state` is linked, left_gone, right_gone or parted; `behind` has bit 1 where the left, bit 2 where the right side was
not seen with everything decided; `open` counts the questions that wait for a person.
"""
Index("twin_behind", twin.c.pair, sqlite_where=twin.c.behind > 0, postgresql_where=twin.c.behind > 0)

conflict = declare(
    "conflict",
    identity(),
    integer("twin_id"),
    text("pair"),
    text("kind"),
    text("record_id"),
    text("field"),
    text("base", needed=False),
    text("candidates"),
    text("policy"),
    text("winner", needed=False),
    text("value", needed=False),
    integer("opened_us"),
    integer("settled_us", needed=False),
    text("settled_by", needed=False),
    Index("conflict_twin", "twin_id"),
)
"""Where two wanted different things: everybody's value, who won, and by what. Append only, but for an open question."""
Index(
    "conflict_open",
    conflict.c.twin_id,
    conflict.c.field,
    unique=True,
    sqlite_where=conflict.c.settled_us.is_(None),
    postgresql_where=conflict.c.settled_us.is_(None),
)

likeness = declare(
    "likeness",
    identity(),
    text("pair"),
    text("kind"),
    text("left_record"),
    text("right_record"),
    text("grade"),
    integer("score"),
    text("evidence"),
    text("state"),
    integer("opened_us"),
    integer("settled_us", needed=False),
    text("settled_by", needed=False),
    UniqueConstraint("pair", "left_record", "right_record"),
)
"""Two records, each held by one side alone, that may be one: `grade` is probable or possible, `score` a percentage.

`state` is open, accepted or refused; `evidence` is JSON, what both have: a list of [field, value].
"""
Index("likeness_right", likeness.c.pair, likeness.c.right_record)

write_plan = declare(
    "write_plan",
    identity(),
    Column("name", TEXT, nullable=False, unique=True),
    text("scope"),
    text("basis"),
    text("state"),
    integer("lines"),
    text("guards", needed=False),
    text("lifted", needed=False),
    text("approved_by", needed=False),
    text("undoes", needed=False),
    integer("run_id", needed=False),
    text("held", needed=False),
    integer("made_us"),
    integer("expires_us"),
    integer("ended_us", needed=False),
)
"""What is to be written, as data. `basis` is a hash of configuration and mappings: another one needs a new approval.

`run_id` is the run that carried it out last; `held` JSON, what could not be written, and why.
"""

outbox = declare(
    "outbox",
    identity(),
    integer("plan_id"),
    integer("connection_id"),
    text("object"),
    text("kind"),
    text("op"),
    text("key"),
    text("record_id", needed=False),
    integer("twin_id", needed=False),
    text("side", needed=False),
    text("external_id", needed=False),
    text("base_revision", needed=False),
    text("lines"),
    text("fields"),
    text("before", needed=False),
    text("state"),
    integer("tries"),
    text("told", needed=False),
    integer("made_us"),
    integer("sent_us", needed=False),
    integer("settled_us", needed=False),
    Index("outbox_plan", "plan_id"),
    Index("outbox_twin", "twin_id", "side"),
    Index("outbox_key", "connection_id", "key"),
)
"""One write to one record: planned, sent, applied, rejected, stale, unknown, moved or dropped.

`lines` is JSON, for each neutral field old and new value, who wins and why; `fields` the vendor's fields as they are
sent; `before` those it had. `sent` is committed before the call. What was sent and never heard of stays `unknown`.
"""
Index(
    "outbox_waiting",
    outbox.c.connection_id,
    sqlite_where=outbox.c.state.in_(("sent", "unknown")),
    postgresql_where=outbox.c.state.in_(("sent", "unknown")),
)

grant_given = declare(
    "grant_given",
    Column("connection_id", INT64, primary_key=True, autoincrement=False),
    text("mode"),
    text("fields", needed=False),
    text("given_by"),
    integer("given_us"),
)
"""What a person allowed a connection to write, outside of the configuration, which can only tighten it."""
