"""Which vendor fields an object is asked for, and what happens when a mapping needs more of them.

An adapter that sends only the fields it is asked for has never sent the new ones: everything is read once more from
the beginning. One that sends whole records has sent them already, which a look at the latest ones shows. A mapping
that needs fewer fields reads nothing again, but what it leaves out is out of date from then on. A field that was gone
and is back is a new one: what it held meanwhile was sent by nobody.
"""

from crmbridge.ledger import samples, streams
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.mapping.objects import CompiledObject
from crmbridge.sync import fields_gone
from crmbridge.sync.session import Session


def ask(tx: LedgerTx, session: Session, compiled: CompiledObject) -> frozenset[str]:
    """Remembers what the next reading asks for; the vendor fields that it brings for the first time.

    Where there are such fields, the reading begins at the beginning; one that was interrupted goes on with them.
    """
    here, wanted = (session.connection_id, compiled.object), session.wanted(compiled)
    lost = session.gone.get(compiled.object, frozenset())
    back = fields_gone.keep(tx, *here, lost, now_us=session.around.now_us()) & wanted
    stream = streams.get(tx, *here)
    if stream is None or (stream.fields == wanted and not back):
        return frozenset() if stream is None else stream.filling
    new = wanted - (stream.fields or frozenset()) | back
    if stream.cursor is None or not new or (not back and _were_sent(tx, session, compiled, new)):
        streams.ask(tx, *here, wanted)
        return stream.filling
    streams.ask(tx, *here, wanted, filling=new | stream.filling)
    return new | stream.filling


def _were_sent(tx: LedgerTx, session: Session, compiled: CompiledObject, new: frozenset[str]) -> bool:
    return all(new <= fields for fields in samples.latest_fields(tx, session.connection_id, compiled.object))


def filled_fields(compiled: CompiledObject, filling: frozenset[str]) -> frozenset[str]:
    """The neutral fields that vendor fields fill which were never asked for before: that they change is no move."""
    if not filling:
        return frozenset()
    found = {field.name for field in compiled.fields if not filling.isdisjoint(field.vendor_fields)}
    reader = compiled.staging.reader if compiled.staging else None
    if reader is not None and not filling.isdisjoint({reader.vendor_field, reader.pipeline_from, reader.flag_from}):
        found |= {"stage", "pipeline", "category", "stage_raw"}
    return frozenset(found)
