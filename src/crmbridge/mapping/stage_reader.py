"""Reads the stage of a record: the vendor's pipeline, stage and flag, looked up in the stage table."""

from collections.abc import Callable
from dataclasses import dataclass

from crmbridge.adapter.contract import Payload
from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.lenses.texts import TextLens, clean_text
from crmbridge.mapping.outcome import FieldFailure
from crmbridge.mapping.sources import Source
from crmbridge.mapping.stages import StageHit, StageTable
from crmbridge.model.pipeline import UNKNOWN_STAGE


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
        source = self.source
        return self.tell(
            None if self.pipeline_from is None else payload.get(self.pipeline_from),
            source if source is None else payload.get(source) if isinstance(source, str) else source(payload),
            None if self.flag_from is None else payload.get(self.flag_from),
        )

    def tell(self, pipeline_raw: object, raw: object, flag_raw: object) -> tuple[StageHit, str | None] | FieldFailure:
        """As `read`, from the raw values of the pipeline, the stage and the flag; it depends on nothing else."""
        if self.constant is not None:
            return self.constant, None
        pipeline = clean_text(pipeline_raw)
        if isinstance(pipeline, LensFailure):
            return _failure("pipeline", self.pipeline_from, pipeline)
        flag = clean_text(flag_raw)
        if isinstance(flag, LensFailure):
            return _failure("category", self.flag_from, flag)
        if self.source is None:
            return StageHit(self.table.fixed, None, self.table.flagged(flag)), None
        label = raw if isinstance(raw, LensFailure) else clean_text(raw)
        if isinstance(label, LensFailure):
            return _failure("stage", self.vendor_field, label)
        looked = label if self.alias is None or label is None else str(self.alias.read(label))
        return self.resolve(pipeline, looked, flag), label

    def past(self, pipeline_raw: object, raw: object, *, present: str | None) -> StageHit | FieldFailure:
        """The stage of a record at some time in the past, from what the vendor's history carries.

        Where it names no pipeline, it is `present`, the one of ours that the record is in now.
        """
        pipeline = present if pipeline_raw is None and self.table.fixed is None else None
        if pipeline is None or pipeline not in self.table.labels:
            told = self.tell(pipeline_raw, raw, None)
            return told if isinstance(told, FieldFailure) else told[0]
        label = clean_text(raw)
        if isinstance(label, LensFailure):
            return _failure("stage", self.vendor_field, label)
        looked = label if self.alias is None or label is None else str(self.alias.read(label))
        key = self.table.labels[pipeline].find(looked)
        known = self.table.pipelines[pipeline].stage(key)
        return StageHit(pipeline, UNKNOWN_STAGE if known is None else known.key, self.table.flagged(None, looked))


def _failure(field: str, vendor_field: str | None, failure: LensFailure) -> FieldFailure:
    shown = failure.params.get("value")
    return FieldFailure(field, vendor_field, None if shown is None else str(shown), failure)
