"""One record as it stands now, by its id: what decides whether a write may go, and whether one was done.

A single reading has no lag, unlike a query (dossier 3.3, 10).
"""

from collections.abc import Mapping, Sequence

from crmbridge.model.errors import (
    AuthError,
    ContractError,
    LeaseLost,
    StoreError,
    TransientError,
)
from crmbridge_fxiaoke.outgoing import KEY
from crmbridge_fxiaoke.session import Session, path_of

Row = Mapping[str, object]
UNREADABLE = (TransientError, AuthError, ContractError, LeaseLost, StoreError)
"""What keeps a record from being read that was written a moment ago: the write is done all the same."""


def row_of(session: Session, object_name: str, external_id: str) -> Row | None:
    """The record, 作废 or not; Refused, or None, where Fxiaoke has none that the acting employee may see."""
    data = {"dataObjectApiName": object_name, "objectDataId": external_id}
    row = session.ask(path_of(object_name, "get"), data, top={"includeNull": False}).get("data")
    if not isinstance(row, Mapping) or not row.get(KEY):
        return None
    if row[KEY] != external_id:
        raise ContractError("Fxiaoke gave another record of {object} than was asked for", object=object_name)
    return row


def is_by(row: Row, person: str | None) -> bool:
    """Whether that person was the last who changed the record."""
    by = row.get("last_modified_by")
    names = by if isinstance(by, Sequence) and not isinstance(by, str) else [by]
    return person is not None and list(names) == [person]
