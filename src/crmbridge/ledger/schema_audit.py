"""What is remembered so that nobody can change it, and what nobody may bring back.

audit, audit_word, audit_floor   who did what and when, sealed row by row
erased                           persons that were erased, as keyed hashes

Both engines refuse to change a row of `audit` or to delete one, but for rows up to `audit_floor`, which retention lets
go. Whoever takes the triggers away still cannot make the seals: their key is not in here.
"""

from sqlalchemy import Column, Connection, Table

from crmbridge.ledger.declaring import METADATA, declare, integer, text
from crmbridge.ledger.types import INT64, TEXT

audit = declare(
    "audit",
    Column("seq", INT64, primary_key=True, autoincrement=False),
    integer("at_us"),
    text("action"),
    text("actor"),
    text("about"),
    text("said"),
    text("prev"),
    text("seal"),
)
"""Append only. `actor` is a keyed hash, `about` names a thing, `said` is JSON: counts and names of things, no values.

`seal` is the HMAC of the row with `prev`, which is the seal of the row before.
"""

audit_word = declare("audit_word", Column("hash", TEXT, primary_key=True), text("word"))
"""What the keyed hashes of `audit` stand for, for people to read; a word may go, and the chain stays whole."""

audit_floor = declare("audit_floor", Column("id", INT64, primary_key=True), integer("seq"), text("head"), text("seal"))
"""The last row that retention let go, and the seal of that row, which the first that is kept has as its `prev`."""

erased = Table(
    "erased",
    METADATA,
    Column("mark", TEXT, primary_key=True),
    Column("person", TEXT, primary_key=True),
    text("sort"),
    text("head", needed=False),
    integer("words", needed=False),
    integer("at_us"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""What a person that was erased is recognised by, as keyed hashes; `person` tells those of one apart from another's.

`sort` is record, id, mail, phone or name; of a name `head` is the hash of its first word, and `words` how many it has.
"""

_ON_FILE = (
    """
    CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append only'); END
    """,
    """
    CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
    WHEN OLD.seq > coalesce((SELECT max(seq) FROM audit_floor), 0)
    BEGIN SELECT raise(ABORT, 'the audit log is append only'); END
    """,
)
_ON_SERVER = (
    """
    CREATE OR REPLACE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF OLD.seq <= (SELECT coalesce(max(f.seq), 0) FROM audit_floor AS f) THEN RETURN OLD; END IF;
        END IF;
        RAISE EXCEPTION 'the audit log is append only';
    END $$
    """,
    "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuses()",
    "CREATE TRIGGER audit_is_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()",
)


def protect(connection: Connection) -> None:
    """The engine refuses from now on to change the rows of `audit`."""
    for statement in _ON_FILE if connection.dialect.name == "sqlite" else _ON_SERVER:
        connection.exec_driver_sql(statement)
