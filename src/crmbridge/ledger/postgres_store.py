"""A ledger in one schema of a PostgreSQL database, found by `search_path`."""

import re
from dataclasses import dataclass

from sqlalchemy import URL, Connection, Engine, create_engine, text

from crmbridge.ledger import migrations
from crmbridge.ledger.failures import BUSY_TIMEOUT_S, translated
from crmbridge.model.errors import ConfigError, StoreError

DEFAULT_SCHEMA = "crmbridge"
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class PostgresStore:
    """An opened schema. `place` names it without a password, `adbc_uri` is for libpq (password and all)."""

    engine: Engine
    place: str
    adbc_uri: str


def open_store(url: URL, *, create: bool, upgrade: bool) -> PostgresStore:
    """The engine over a schema that is ours and current; StoreError where it is absent, foreign, newer or behind."""
    schema = str(url.query.get("schema") or DEFAULT_SCHEMA)
    if not _SCHEMA.match(schema):
        raise ConfigError("{schema} cannot be the name of a schema: small letters, digits and _ only", schema=schema)
    bare = url.difference_update_query(["schema"]).set(drivername="postgresql")
    place = f"{url.host or 'postgresql'}/{url.database}#{schema}"
    options = f"-csearch_path={schema} -clock_timeout={BUSY_TIMEOUT_S}s"
    engine = create_engine(
        bare.set(drivername="postgresql+psycopg"),
        connect_args={"options": options, "connect_timeout": 10},
        pool_pre_ping=True,
    )
    try:
        with translated(place), engine.begin() as connection:
            _prepare(connection, schema, place, create=create, upgrade=upgrade)
    except BaseException:
        engine.dispose()
        raise
    libpq = bare.update_query_dict({"options": f"-csearch_path={schema}"})
    return PostgresStore(engine, place, libpq.render_as_string(hide_password=False))


def _prepare(connection: Connection, schema: str, place: str, *, create: bool, upgrade: bool) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:schema))"), {"schema": "crmbridge:" + schema})
    tables = connection.execute(
        text("SELECT table_name FROM information_schema.tables WHERE table_schema = :schema"), {"schema": schema}
    )
    names = set(tables.scalars())
    if not names:
        if not create:
            raise StoreError("there is no ledger at {file}", file=place, hint="crmbridge sync makes one")
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
        migrations.create(connection)
        return
    if not {"meta", "raw_record", "change_counter"} <= names:
        raise StoreError("{file} holds tables of another program, not a ledger", file=place)
    if migrations.state(connection, place).is_behind:
        if not upgrade:
            raise StoreError("{file} has an older schema", file=place, hint="back it up, then: crmbridge db upgrade")
        migrations.upgrade(connection, place)
