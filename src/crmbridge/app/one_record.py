"""The one record that a person means by an id."""

from typing import Any

from crmbridge.ledger import records
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import ConfigError
from crmbridge.model.kinds import KindSpec


def one_record(tx: LedgerTx, kind: KindSpec, text: str) -> dict[str, Any]:
    """The record of a kind with that id, of its source or ours; ConfigError where there is none, or more than one."""
    ids = records.find(tx, kind, text)
    if not ids:
        raise ConfigError("there is no {kind} {id}", kind=kind.name, id=text, hint="crmbridge export {kind} lists them")
    if len(ids) > 1:
        raise ConfigError(
            "{count} records of the kind {kind} have the id {id}",
            count=len(ids),
            kind=kind.name,
            id=text,
            hint="name one with CONNECTION:ID, or by our own id",
        )
    (record,) = records.read(tx, kind, ids=ids)
    return record
