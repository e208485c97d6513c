"""What lies beside a ledger in its database: other schemas, for what is no ledger but belongs to the same server."""

from dataclasses import dataclass

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from crmbridge.ledger.postgres_store import DEFAULT_SCHEMA
from crmbridge.model.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Place:
    """A schema of a PostgreSQL database; `server` is its address without schema, options or password."""

    server: str
    database: str
    schema: str

    @property
    def name(self) -> str:
        """The same on every machine, however it reaches the server."""
        return f"{self.database}.{self.schema}"


def place_of(url: str) -> Place | None:
    """Where a ledger lies; None where it is a file."""
    parsed = _parsed(url)
    if parsed.get_backend_name() != "postgresql":
        return None
    query = parsed.difference_update_query(["schema"]).query
    bare = URL.create("postgresql", parsed.username, None, parsed.host, parsed.port, parsed.database, query)
    schema = str(parsed.query.get("schema") or DEFAULT_SCHEMA)
    return Place(bare.render_as_string(), parsed.database or parsed.username or "", schema)


def libpq(url: str, schema: str) -> str:
    """The address that libpq takes of a schema in the same database; with the password where the address has one."""
    bare = _parsed(url).difference_update_query(["schema"]).set(drivername="postgresql")
    options = bare.update_query_dict({"options": f"-csearch_path={schema}", "connect_timeout": "10"})
    return options.render_as_string(hide_password=False)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise ConfigError("{url} is not the address of a database", url=url) from error
