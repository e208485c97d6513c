"""Looks at the first records of every object of a source, so that a mapping can be guessed from what they hold."""

from collections.abc import Generator, Mapping
from contextlib import closing
from itertools import islice

from crmbridge.adapter.catalog import Catalog
from crmbridge.adapter.contract import Adapter, PullRequest
from crmbridge.mapping.guess.profile import MAX_RECORDS, Sample, sample
from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.notes import Note

_FEW_RECORDS = 1_000
"""How many are looked at where every call counts against somebody's budget."""


def look_at(adapter: Adapter, catalog: Catalog) -> tuple[dict[str, Sample], list[Note]]:
    """A sample of each readable object, and a note for each that could not be read; the others are looked at."""
    limits = catalog.limits
    is_free = limits.calls_per_window is None and limits.daily_credits is None
    most = MAX_RECORDS if is_free else _FEW_RECORDS
    found: dict[str, Sample] = {}
    notes: list[Note] = []
    for info in catalog.objects:
        if not info.readable:
            continue
        try:
            with closing(_records(adapter, info.name)) as records:
                # One more than is wanted tells whether there are others.
                found[info.name] = sample(islice(records, most + 1), most)
        except CrmBridgeError as error:
            told: dict[str, object] = {"object": info.name, "reason": str(error)}
            notes.append(Note("NOT_LOOKED_AT", "{object} is guessed from its names alone: {reason}", told))
    return found, notes


def _records(adapter: Adapter, object_name: str) -> Generator[Mapping[str, object]]:
    for page in adapter.pull(PullRequest(object_name)):
        for record in page.records:
            yield record.payload
