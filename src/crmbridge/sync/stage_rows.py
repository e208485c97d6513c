"""Changes of stage on their way into the ledger: as the rows that are kept, and read by the mapping as events.

These loops run once for each change of a vendor's whole history; nothing in them asks the ledger.
"""

from collections.abc import Iterable, Mapping, Sequence

from crmbridge.adapter.contract import Problem, StageChange
from crmbridge.ledger.packing import LONGEST_ID
from crmbridge.ledger.stage_changes import Row
from crmbridge.ledger.stage_events import VendorEvent
from crmbridge.mapping.outcome import FieldFailure
from crmbridge.mapping.stage_reader import StageReader
from crmbridge.model.instants import to_us
from crmbridge.model.pipeline import UNKNOWN_STAGE


def kept_rows(changes: Sequence[StageChange]) -> tuple[list[Row], list[Problem]]:
    """The changes as they are kept; what no store could hold is a problem."""
    problems: list[Problem] = []
    if not _are_plain(changes):
        problems = [_problem(change) for change in changes if not _is_storable(change)]
        changes = [change for change in changes if _is_storable(change)]
    rows: list[Row] = []
    for change in changes:
        at, modified = change.at, change.modified
        at_us = None if at is None else to_us(at)
        rows.append(
            (
                change.change_id,
                change.record_id,
                change.pipeline,
                change.from_label,
                change.to_label,
                at_us,
                change.precision,
                change.by,
                at_us if modified == at else None if modified is None else to_us(modified),
            )
        )
    return rows, problems


class Events:
    """The changes of one object as stage events, by one mapping. Few labels are met often: each is looked up once."""

    def __init__(self, reader: StageReader) -> None:
        self._reader = reader
        self._stages: dict[tuple[str | None, str | None, str, str | None], tuple[str | None, str | None, str]] = {}

    @property
    def needs_present(self) -> bool:
        """Whether the pipelines that the records are in now are to be known."""
        return self._reader.table.fixed is None

    def read(self, due: Iterable[tuple[int, str, int, Row]], present: Mapping[str, str | None]) -> list[VendorEvent]:
        """The events; `present` is the pipeline of ours that each record is in now, where that counts."""
        stages = self._stages
        found: list[VendorEvent] = []
        for _, record_id, seen_us, row in due:
            change_id, _, pipeline, from_label, to_label, at_us, precision, actor, modified_us = row
            key = (pipeline, from_label, to_label, present.get(record_id))
            known = stages.get(key) or self._look_up(key)
            latest_us = None
            if at_us is None:
                latest_us = at_us = seen_us if modified_us is None else modified_us
                precision = "sync"
            found.append((record_id, change_id, *known, at_us, precision, to_label, actor, latest_us))
        return found

    def _look_up(self, key: tuple[str | None, str | None, str, str | None]) -> tuple[str | None, str | None, str]:
        """Our pipeline and the stages left and entered."""
        pipeline, from_label, to_label, present = key
        entered, stage = self._stage(pipeline, to_label, present)
        left = None if from_label is None else self._stage(pipeline, from_label, present)[1]
        self._stages[key] = entered, left, stage
        return self._stages[key]

    def _stage(self, pipeline: str | None, label: str, present: str | None) -> tuple[str | None, str]:
        hit = self._reader.past(pipeline, label, present=present)
        if isinstance(hit, FieldFailure):
            return present, UNKNOWN_STAGE
        return hit.pipeline, hit.stage or UNKNOWN_STAGE


def _are_plain(changes: Sequence[StageChange]) -> bool:
    """Whether every store can hold all of them, as a look at all their texts together tells."""
    ids = [text for change in changes for text in (change.change_id, change.record_id)]
    lengths = set(map(len, ids))
    if lengths and (min(lengths) == 0 or max(lengths) > LONGEST_ID):
        return False
    labels = {text for change in changes for text in (change.pipeline, change.from_label, change.to_label, change.by)}
    whole = "".join([*ids, *(text for text in labels if text is not None)])
    return _is_text(whole)


def _is_storable(change: StageChange) -> bool:
    ids = (change.change_id, change.record_id)
    texts = (change.pipeline, change.from_label, change.to_label, change.by)
    return all(0 < len(one) <= LONGEST_ID for one in ids) and all(map(_is_text, (*ids, *texts)))


def _is_text(text: str | None) -> bool:
    """Whether every store can hold it: no NUL and no half of a surrogate pair."""
    if text is None:
        return True
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _problem(change: StageChange) -> Problem:
    place = ascii(change.change_id[:80])
    return Problem("CHANGE_UNSTORABLE", "a change of stage cannot be kept", position=f"history:{place}")
