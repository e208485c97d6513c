"""Records by id: 100 a call, and what a query does not show is asked for by itself.

A query may lag behind a record that was made a moment ago, and may hide 作废 ones; a single reading does neither, but
answers an unknown id in more than one way (dossier 3.3): it is gone where neither gives it.
"""

from collections.abc import Sequence

from crmbridge.adapter.contract import RawRecord
from crmbridge_fxiaoke import people
from crmbridge_fxiaoke.errors import Refused
from crmbridge_fxiaoke.looking import row_of
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.querying import ONLY_INVALID, Query, Row, ask, where
from crmbridge_fxiaoke.session import Session

BATCH = 100
FEW = 5
"""So few are read one by one at once."""
MOST_SINGLY = 20
"""Of more that are missing a second query is proof enough: calls are dear."""


def fetch(session: Session, objects: Objects, object_name: str, external_ids: Sequence[str]) -> list[RawRecord | None]:
    """One answer for each id, in their order; None where Fxiaoke has none that the acting employee may see."""
    if object_name in people.OBJECTS:
        return _people(session, object_name, external_ids)
    found: dict[str, RawRecord] = {}
    asked = list(dict.fromkeys(one for one in external_ids if one))
    for start in range(0, len(asked), BATCH):
        rows = _batch(session, objects, object_name, asked[start : start + BATCH])
        records = [objects.record(object_name, row) for row in rows]
        found |= {record.external_id: record for record in records}
    return [found.get(external_id) for external_id in external_ids]


def missing(session: Session, objects: Objects, object_name: str, external_ids: Sequence[str]) -> list[str]:
    """Those of the ids that Fxiaoke has no record of, by a query and by a second look."""
    found: list[str] = []
    for start in range(0, len(external_ids), BATCH):
        ids = list(external_ids[start : start + BATCH])
        found += _without(ids, _batch(session, objects, object_name, ids))
    return found


def single(session: Session, object_name: str, external_id: str) -> Row | None:
    """One record as it stands now, 作废 or not; None where a single reading gives none. ScopeError leaves."""
    try:
        return row_of(session, object_name, external_id)
    except Refused:
        return None


def _batch(session: Session, objects: Objects, object_name: str, ids: list[str]) -> list[Row]:
    rows = _singly(session, object_name, ids) if len(ids) <= FEW else _listed(session, object_name, ids)
    left = _without(ids, rows)
    if left and len(ids) <= FEW:
        return rows + _listed(session, object_name, left)
    if left and "life_status" in objects.fields(object_name):
        query = Query(object_name, (where("_id", "IN", *left), ONLY_INVALID), limit=BATCH)
        rows = rows + ask(session, query).rows
        left = _without(left, rows)
    if left and len(left) <= MOST_SINGLY:
        return rows + _singly(session, object_name, left)
    return rows + _listed(session, object_name, left) if left else rows


def _listed(session: Session, object_name: str, ids: list[str]) -> list[Row]:
    return ask(session, Query(object_name, (where("_id", "IN", *ids),), limit=BATCH)).rows


def _singly(session: Session, object_name: str, ids: list[str]) -> list[Row]:
    return [row for one in ids if (row := single(session, object_name, one)) is not None]


def _without(ids: Sequence[str], rows: Sequence[Row]) -> list[str]:
    known = {row.get("_id") for row in rows}
    return [one for one in ids if one not in known]


def _people(session: Session, name: str, external_ids: Sequence[str]) -> list[RawRecord | None]:
    found = {record.external_id: record for record in people.records_of(session, name)[0]}
    return [found.get(external_id) for external_id in external_ids]
