"""How many records an object has, without 作废 ones, and without believing a total that may be capped."""

from collections.abc import Sequence

from crmbridge.model.errors import ContractError
from crmbridge_fxiaoke import people
from crmbridge_fxiaoke.cursor import Part
from crmbridge_fxiaoke.listing import Listing
from crmbridge_fxiaoke.objects import Objects
from crmbridge_fxiaoke.payload import INVALID
from crmbridge_fxiaoke.querying import Filter, Query, ask, key_of, where
from crmbridge_fxiaoke.session import Session

LIFE = "life_status"
LIVE = ("normal", "under_review", "in_change", "ineffective")
_PAGE = 100
_FAR = 10_000
"""The largest offset there is (dossier 3.1)."""


def count(session: Session, objects: Objects, object_name: str) -> int:
    """The records that a full pull would yield."""
    if object_name in people.OBJECTS:
        return len(people.records_of(session, object_name)[0])
    fields = objects.fields(object_name)
    if LIFE not in fields:
        return _counted(session, object_name, ())
    told = fields[LIFE].get("options")
    codes = {str(one.get("value")) for one in told if isinstance(one, dict)} if isinstance(told, list) else set()
    live = sorted({*LIVE, *codes} - {INVALID, "None", ""})
    # whether a plain query gives 作废 rows is not told, so neither way is relied on (dossier 7.4)
    return _counted(session, object_name, (where(LIFE, "IN", *live),)) + _counted(
        session, object_name, (where(LIFE, "IS"),)
    )


def _counted(session: Session, object_name: str, filters: Sequence[Filter]) -> int:
    """The total, where a row behind it is not there; else all ids, one by one."""
    filters = tuple(filters)
    total = ask(session, Query(object_name, filters, limit=1, projection=["_id"], is_counted=True)).total
    if not _has_more(session, object_name, filters, total):
        return total
    listing = Listing(session, object_name, ["_id"], session.options.page_size, filters)
    return len({key_of(row) for found in listing.by_ids(Part()) for row in found.rows} - {None})


def _has_more(session: Session, object_name: str, filters: tuple[Filter, ...], total: int) -> bool:
    """Whether there are more rows than the total says: it may be capped, or not counted at all."""
    if total >= _FAR:
        return total == _FAR
    offset = total // _PAGE * _PAGE
    query = Query(object_name, filters, limit=_PAGE, projection=["_id"])
    found = ask(session, query, offset=offset).rows
    if len(found) > _PAGE:
        raise ContractError("Fxiaoke gave more rows of {object} than were asked for", object=object_name)
    return len(found) > total - offset
