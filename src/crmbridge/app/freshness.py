"""What figures rest on: the connections, when each was last read, and a warning where that is long ago."""

from dataclasses import replace
from datetime import datetime, timedelta

from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, runs
from crmbridge.model.instants import from_us
from crmbridge.model.notes import Note
from crmbridge.report.listing import Listing

OLD = timedelta(hours=24)


def dated(wiring: Wiring, told: Listing, *, now: datetime | None) -> Listing:
    """The same figures with what they rest on; `now` warns of what was last read longer than a day before it.

    Figures as of a given moment rest on what was read at any time: give no `now` for them.
    """
    read = last_read(wiring)
    notes = [
        Note(
            "DATA_OLD",
            "{connection} was last read on {time}: crmbridge sync {connection} reads it again",
            {"connection": name, "time": at.astimezone(wiring.zone)},
        )
        for name, at in read.items()
        if at is not None and now is not None and now - at > OLD
    ]
    return replace(told, read=read, warnings=(*told.warnings, *notes))


def last_read(wiring: Wiring) -> dict[str, datetime | None]:
    """When a reading of each connection last came to its end; None where none has."""
    with wiring.ledger.read() as tx:
        found = {row.name: runs.last_read_us(tx, row.name) for row in connections.listing(tx)}
    return {name: None if us is None else from_us(us) for name, us in found.items()}
