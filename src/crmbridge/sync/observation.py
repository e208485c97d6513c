"""What changed between two looks at a record: stage events and field changes for sources without history.

The time of a change is the record's own modified time where that lies between the two looks, else the later look;
`earliest` and `latest` say how far apart they were (`services.md` 2.2).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge.ledger import field_changes, stage_events
from crmbridge.ledger.records import FieldMove, RecordRow
from crmbridge.ledger.stage_events import StageEventRow
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import KindSpec


@dataclass(frozen=True, slots=True)
class Look:
    """When a record was seen before (None where nobody knows) and after; `modified_us` is the vendor's own time."""

    before_us: int | None
    after_us: int
    modified_us: int | None

    @property
    def is_told(self) -> bool:
        """Whether the vendor's time can be that of the change."""
        return self.modified_us is not None and (self.before_us or 0) < self.modified_us <= self.after_us

    @property
    def at_us(self) -> int:
        """When the change happened, as well as can be known."""
        return self.modified_us if self.is_told and self.modified_us is not None else self.after_us


def keep(
    tx: LedgerTx,
    kind: KindSpec,
    moves: Sequence[FieldMove],
    *,
    rows: Mapping[str, RecordRow],
    looks: Mapping[str, Look],
) -> None:
    """Keeps the moves of a batch: stages as stage events, every other watched field as a field change."""
    if not moves:
        return
    position = {column.name: at for at, column in enumerate(kind.columns)}
    events, changes = [], defaultdict(list)
    for move in moves:
        look = looks[move.record_id]
        if move.field != "stage":
            changes[look.at_us].append(move)
        elif move.new is not None:
            events.append(_stage_event(kind, move, rows[move.record_id], position, look=look))
    stage_events.append(tx, events)
    for at_us, same_time in sorted(changes.items()):
        field_changes.append(tx, kind.name, same_time, at_us=at_us)


def _stage_event(
    kind: KindSpec, move: FieldMove, row: RecordRow, position: Mapping[str, int], *, look: Look
) -> StageEventRow:
    def value(column: str) -> object:
        return row.values[position[column]] if column in position else None

    return StageEventRow(
        record_id=move.record_id,
        kind=kind.name,
        pipeline=_text(value("pipeline")),
        from_stage=_text(move.old),
        to_stage=str(move.new),
        at_us=look.at_us,
        at_precision="exact" if look.is_told else "sync",
        origin="observed",
        vendor_label=_text(value("stage_raw")),
        amount_e4=_int(value("amount_e4")),
        amount_currency=_text(value("amount_currency")),
        expected_close=_text(value("expected_close")),
        probability_e6=_int(value("probability_e6")),
        owner_ref=_text(value("owner_ref")),
        earliest_us=look.before_us,
        latest_us=look.after_us,
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _int(value: object) -> int | None:
    return value if isinstance(value, int) else None
