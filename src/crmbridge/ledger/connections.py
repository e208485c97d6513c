"""The connections of a workspace, and the account behind each, pinned at the first sight of it."""

from dataclasses import dataclass

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError

_FIND = "SELECT id, adapter, rank FROM connection WHERE name = :name"
_MAKE = (
    "INSERT INTO connection (id, name, adapter, rank, created_us)"
    " SELECT coalesce(max(id), 0) + 1, :name, :adapter, :rank, :now_us FROM connection WHERE true"
    " ON CONFLICT DO NOTHING"
)
"""Nothing where another transaction made one meanwhile: whoever wants one looks again."""


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as the ledger knows it; a lower `rank` is more trusted."""

    id: int
    name: str
    adapter: str
    rank: int
    org_id: str | None
    org_title: str | None


def ensure(tx: LedgerTx, name: str, *, adapter: str, rank: int, now_us: int) -> int:
    """The id of the connection of that name, made where there is none; adapter and rank follow the configuration."""
    told = {"adapter": adapter, "rank": rank}
    while (row := bulk.first(tx, _FIND, name=name)) is None:
        bulk.run(tx, _MAKE, name=name, now_us=now_us, **told)
    identifier, *before = row
    if before != [adapter, rank]:
        bulk.run(tx, "UPDATE connection SET adapter = :adapter, rank = :rank WHERE id = :id", id=identifier, **told)
    return int(identifier)


def pin_org(tx: LedgerTx, connection_id: int, org_id: str, title: str) -> bool:
    """Remembers which account the credentials open, at the first call; ConfigError where it is another one later.

    True where something was written.
    """
    sql = "SELECT name, org_id, org_title FROM connection WHERE id = :id"
    [(name, pinned, pinned_title)] = bulk.select(tx, sql, id=connection_id)
    if pinned is None:
        sql = "UPDATE connection SET org_id = :org_id, org_title = :title WHERE id = :id"
        bulk.run(tx, sql, id=connection_id, org_id=org_id, title=title)
        return True
    if pinned != org_id:
        raise ConfigError(
            "{connection} opens {found}, but this workspace was made with {pinned}",
            connection=name,
            found=f"{title} ({org_id})",
            pinned=f"{pinned_title} ({pinned})",
            hint="check the credentials; for another account make another connection",
        )
    return False


def listing(tx: LedgerTx) -> list[ConnectionRow]:
    """Every connection, the most trusted first."""
    sql = "SELECT id, name, adapter, rank, org_id, org_title FROM connection ORDER BY rank, name"
    return [ConnectionRow(*row) for row in bulk.select(tx, sql)]
