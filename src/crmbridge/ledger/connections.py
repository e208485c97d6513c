"""The connections of a workspace, and the account behind each, pinned at the first sight of it."""

from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from crmbridge.ledger.schema import connection as table
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError


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
    row = tx.execute(select(table).where(table.c.name == name)).mappings().first()
    if row is None:
        identifier = int(tx.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()) + 1
        tx.execute(insert(table).values(id=identifier, name=name, adapter=adapter, rank=rank, created_us=now_us))
        return identifier
    if (row["adapter"], row["rank"]) != (adapter, rank):
        tx.execute(update(table).where(table.c.id == row["id"]).values(adapter=adapter, rank=rank))
    return int(row["id"])


def pin_org(tx: LedgerTx, connection_id: int, org_id: str, title: str) -> bool:
    """Remembers which account the credentials open, at the first call; ConfigError where it is another one later.

    True where something was written.
    """
    row = tx.execute(select(table).where(table.c.id == connection_id)).mappings().one()
    if row["org_id"] is None:
        tx.execute(update(table).where(table.c.id == connection_id).values(org_id=org_id, org_title=title))
        return True
    if row["org_id"] != org_id:
        raise ConfigError(
            "{connection} opens {found}, but this workspace was made with {pinned}",
            connection=row["name"],
            found=f"{title} ({org_id})",
            pinned=f"{row['org_title']} ({row['org_id']})",
            hint="check the credentials; for another account make another connection",
        )
    return False


def listing(tx: LedgerTx) -> list[ConnectionRow]:
    """Every connection, the most trusted first."""
    rows = tx.execute(select(table).order_by(table.c.rank, table.c.name)).mappings()
    return [
        ConnectionRow(row["id"], row["name"], row["adapter"], row["rank"], row["org_id"], row["org_title"])
        for row in rows
    ]
