"""Reads the stage of a record: the vendor's pipeline, stage and flag, looked up in the stage table."""

from collections.abc import Callable
from dataclasses import dataclass

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.texts import TextLens, clean_text
from crmbridge.mapping.outcome import FieldFailure
from crmbridge.mapping.sources import Source
from crmbridge.mapping.stages import StageHit, StageTable


@dataclass(frozen=True, slots=True)
class StageReader:
    """How one object tells a record's stage. `source` None: it has none, only perhaps a flag.

    `constant` is the one stage of all records; `alias` renames vendor labels before they are looked up.
    """

    table: StageTable
    source: Source | None
    vendor_field: str | None
    alias: TextLens | None
    constant: StageHit | None
    pipeline_from: str | None
    flag_from: str | None
    resolve: Callable[[str | None, str | None, str | None], StageHit]

    def read(self, payload: Payload) -> tuple[StageHit, str | None] | FieldFailure:
        """The stage and the vendor's own label, or the field that cannot be read at all."""
        if self.constant is not None:
            return self.constant, None
        pipeline = None if self.pipeline_from is None else clean_text(payload.get(self.pipeline_from))
        if isinstance(pipeline, LensFailure):
            return _failure("pipeline", self.pipeline_from, pipeline)
        flag = None if self.flag_from is None else clean_text(payload.get(self.flag_from))
        if isinstance(flag, LensFailure):
            return _failure("category", self.flag_from, flag)
        source = self.source
        if source is None:
            return StageHit(self.table.fixed, None, self.table.flagged(flag)), None
        raw = payload.get(source) if type(source) is str else source(payload)  # type: ignore[operator]
        label = raw if isinstance(raw, LensFailure) else clean_text(raw)
        if isinstance(label, LensFailure):
            return _failure("stage", self.vendor_field, label)
        looked = label if self.alias is None or label is None else str(self.alias.read(label))
        return self.resolve(pipeline, looked, flag), label


def _failure(field: str, vendor_field: str | None, failure: LensFailure) -> FieldFailure:
    shown = failure.params.get("value")
    return FieldFailure(field, vendor_field, None if shown is None else str(shown), failure)
