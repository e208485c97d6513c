"""A ledger in one schema of a PostgreSQL database, found by `search_path`.

It remembers which table of the server it is. One that was put back from a dump is another, notices that, and doubts
what it remembers of writes even where nobody has said `crmbridge db restore --mark`.
"""

import re
from dataclasses import dataclass

from sqlalchemy import URL, Connection, Engine, create_engine, text

from crmbridge.ledger import migrations, restoring
from crmbridge.ledger.failures import BUSY_TIMEOUT_S, translated
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError, StoreError

DEFAULT_SCHEMA = "crmbridge"
_HOME = """
    INSERT INTO meta (key, value) VALUES ('home', 'meta'::regclass::oid::text)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
_IS_ELSEWHERE = """
    SELECT 1 FROM meta
    WHERE key = 'home' AND value <> 'meta'::regclass::oid::text AND has_table_privilege('meta', 'INSERT, UPDATE')
"""
_NOW_US = """
    SELECT greatest((extract(epoch FROM now()) * 1000000)::bigint, (SELECT max(made_us) + 1 FROM write_plan))
"""
"""Later than whatever was planned in what was put back, by whichever clock."""
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """An opened schema. `place` names it without a password, `adbc_uri` is for libpq (password and all)."""

    engine: Engine
    place: str
    adbc_uri: str


def open_store(url: URL, *, create: bool, upgrade: bool) -> PostgresStore:
    """The engine over a schema that is ours and current; StoreError where it is absent, foreign, newer or behind."""
    engine, schema, place = _engine(url)
    try:
        with translated(place), engine.begin() as connection:
            _prepare(connection, schema, place, create=create, upgrade=upgrade)
    except BaseException:
        engine.dispose()
        raise
    libpq = _bare(url).update_query_dict({"options": f"-csearch_path={schema}"})
    return PostgresStore(engine, place, libpq.render_as_string(hide_password=False))


def is_there(url: URL) -> bool:
    """Whether the schema has tables; nothing is made by the look. StoreError where the server does not answer."""
    engine, schema, place = _engine(url)
    try:
        with translated(place), engine.connect() as connection:
            return bool(_tables(connection, schema))
    finally:
        engine.dispose()


def version_of(url: URL) -> int | None:
    """The version of the schema that is there; None where no ledger is. Nothing is changed by the look."""
    engine, schema, place = _engine(url)
    try:
        with translated(place), engine.connect() as connection:
            return migrations.stamp(connection) if "meta" in _tables(connection, schema) else None
    finally:
        engine.dispose()


def _engine(url: URL) -> tuple[Engine, str, str]:
    """The engine over the schema that an address names, that schema, and its name for people."""
    schema = str(url.query.get("schema") or DEFAULT_SCHEMA)
    if not _SCHEMA.match(schema):
        raise ConfigError("{schema} cannot be the name of a schema: small letters, digits and _ only", schema=schema)
    options = f"-csearch_path={schema} -clock_timeout={BUSY_TIMEOUT_S}s"
    engine = create_engine(
        _bare(url).set(drivername="postgresql+psycopg"),
        connect_args={"options": options, "connect_timeout": 10},
        pool_pre_ping=True,
    )
    return engine, schema, f"{url.host or 'postgresql'}/{url.database}#{schema}"


def _bare(url: URL) -> URL:
    return url.difference_update_query(["schema"]).set(drivername="postgresql")


def _tables(connection: Connection, schema: str) -> set[str]:
    names = text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema")
    return set(connection.execute(names, {"schema": schema}).scalars())


def _prepare(connection: Connection, schema: str, place: str, *, create: bool, upgrade: bool) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:schema))"), {"schema": "crmbridge:" + schema})
    names = _tables(connection, schema)
    if not names:
        if not create:
            raise StoreError("there is no ledger at {file}", file=place, hint="crmbridge sync makes one")
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        migrations.create(connection)
        connection.execute(text(_HOME))
        return
    if not {"meta", "raw_record", "change_counter"} <= names:
        raise StoreError("{file} holds tables of another program, not a ledger", file=place)
    if migrations.state(connection, place).is_behind:
        if not upgrade:
            raise StoreError("{file} has an older schema", file=place, hint="back it up, then: crmbridge db upgrade")
        migrations.upgrade(connection, place)
    is_elsewhere = bool(connection.execute(text(_IS_ELSEWHERE)).scalar())
    if is_elsewhere:
        now_us = int(connection.execute(text(_NOW_US)).scalar_one())
        restoring.doubt(LedgerTx(connection, "postgresql", place), now_us=now_us)
    if is_elsewhere or upgrade:
        connection.execute(text(_HOME))
