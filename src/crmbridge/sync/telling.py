"""What a source tells of itself, as notes for people."""

from collections.abc import Sequence

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import FIELDS_MISSING, Problem
from crmbridge.ledger import catalogs
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.mapping.drift import spare
from crmbridge.model.errors import suggestion
from crmbridge.model.notes import Note
from crmbridge.sync.outcome import FIELD_GONE, Step
from crmbridge.sync.session import Session


def notes(notices: Sequence[Problem]) -> list[Note]:
    """The notices of a page."""
    return [Note(notice.code, notice.message, dict(notice.params)) for notice in notices]


def tell_gone(session: Session, mapping: CompiledMapping, catalog: Catalog, step: Step) -> None:
    """Of the mapped fields that the source has not, those that it once had are told as gone, with the nearest.

    Nothing is told of one that it never had and that the default mapping can do without.
    """
    kept = []
    for one in step.notices:
        told = _told(session, mapping, catalog, one) if one.code in FIELDS_MISSING else one
        kept += [] if told is None else [told]
    already = {str(one.params.get("field")) for one in kept if one.code == FIELD_GONE}
    lost = session.gone.get(step.object, frozenset())
    step.notices = [*kept, *(_gone(catalog, step.object, name) for name in sorted(lost - already))]


def _told(session: Session, mapping: CompiledMapping, catalog: Catalog, notice: Note) -> Note | None:
    name, field = str(notice.params.get("object")), str(notice.params.get("field"))
    found = catalog.object(name)
    with session.around.ledger.read() as tx:
        if not catalogs.had_field(tx, session.connection_id, name, field):
            return None if found is not None and field in spare(mapping.document, name, found) else notice
    return _gone(catalog, name, field)


def _gone(catalog: Catalog, name: str, field: str) -> Note:
    found = catalog.object(name)
    near = suggestion(field, () if found is None else [one.name for one in found.fields], most=0)
    template = (
        "{object} has no field {field} any more (nearest: {nearest}); what it gave stays: see crmbridge mapping check"
    )
    return Note(FIELD_GONE, template, {"object": name, "field": field, "nearest": near})
