"""Grants: what a person allowed a connection to write. The configuration can only allow less."""

from dataclasses import dataclass

import orjson

from crmbridge.ledger import bulk
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.modes import Mode

_COLUMNS = ("mode", "fields", "given_by", "given_us")
_PUT = bulk.Upsert("grant_given", ("connection_id", *_COLUMNS), ("connection_id",), guard=_COLUMNS)


@dataclass(frozen=True, slots=True)
class Grant:
    """What was allowed, by whom and when. `fields` are neutral ones (`tier`, `account.tier`) where the mode is fields.

    In the mode `two-way` there is no list: what a pair merges is what is written.
    """

    mode: Mode
    fields: tuple[str, ...]
    given_by: str
    given_us: int

    def allows(self, kind: str, field: str) -> bool:
        """Whether a field of a kind may be written."""
        return self.mode == "two-way" or (
            self.mode == "fields" and (field in self.fields or f"{kind}.{field}" in self.fields)
        )


def give(tx: LedgerTx, connection_id: int, grant: Grant) -> None:
    """The connection is allowed this from now on, in place of what it was allowed before."""
    row = (connection_id, grant.mode, orjson.dumps(grant.fields).decode(), grant.given_by, grant.given_us)
    bulk.upsert(tx, _PUT, [row])


def take_back(tx: LedgerTx, connection_id: int) -> None:
    """The connection is only read from now on; harmless where it was."""
    bulk.fetch(tx, "DELETE FROM grant_given WHERE connection_id IN {wanted} RETURNING 1", [connection_id])


def given(tx: LedgerTx, connection_id: int) -> Grant | None:
    """What the connection is allowed; None where nobody allowed anything."""
    sql = "SELECT mode, fields, given_by, given_us FROM grant_given WHERE connection_id = :connection_id"
    for mode, fields, given_by, given_us in bulk.select(tx, sql, connection_id=connection_id):
        return Grant(mode, tuple(orjson.loads(fields or "[]")), given_by, given_us)
    return None
