"""What changed between two looks at a record: stage events and field changes for sources without history.

The time of a change is the record's own modified time where that lies between the two looks, else the later look;
`earliest` and `latest` say how far apart they were (`services.md` 2.2).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

WATCHED = {
    "deal": ("expected_close", "amount_e4", "owner_ref"),
    "lead": ("owner_ref",),
    "account": ("owner_ref", "tier"),
}
"""The fields whose past matters beside the stage, by kind."""
STAGED = frozenset({"deal", "lead"})


@dataclass(frozen=True, slots=True)
class Look:
    """When the record was seen before, and now; `modified_us` is what the vendor says of the change."""

    before_us: int
    now_us: int
    modified_us: int | None

    @property
    def at_us(self) -> int:
        """When the change happened, as well as can be known."""
        if self.modified_us is not None and self.before_us < self.modified_us <= self.now_us:
            return self.modified_us
        return self.now_us


@dataclass(frozen=True, slots=True)
class StageMove:
    """A record seen in another stage than before."""

    from_stage: str | None
    to_stage: str
    vendor_label: str | None
    pipeline: str | None


@dataclass(frozen=True, slots=True)
class FieldMove:
    """A watched field seen with another value than before."""

    field: str
    old: object
    new: object


def stage_move(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> StageMove | None:
    """The change of stage between two rows of a kind, or None."""
    if kind not in STAGED or before["stage"] == after["stage"] or after["stage"] is None:
        return None
    old, new, label, pipeline = before["stage"], after["stage"], after.get("stage_raw"), after["pipeline"]
    return StageMove(_text(old), str(new), _text(label), _text(pipeline))


def field_moves(kind: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[FieldMove]:
    """The watched fields whose value differs between two rows of a kind."""
    for name in WATCHED.get(kind, ()):
        if before[name] != after[name]:
            yield FieldMove(name, before[name], after[name])


def _text(value: object) -> str | None:
    return None if value is None else str(value)
