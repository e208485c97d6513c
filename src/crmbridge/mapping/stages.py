"""Stages: from the vendor's ids and labels to the stages of our pipelines, and back.

A label is compared exactly, then NFKC and case folded. A label that no rule names gives the stage UNKNOWN in the
category of the vendor's own flag, else in the one that the source's catalog says (open where there is none), and an
issue on the row; it is never merged into another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from crmbridge.adapter.lens import LensFailure
from crmbridge.mapping.document import MappingDocument
from crmbridge.mapping.lenses.frame import excerpt
from crmbridge.mapping.lenses.texts import fold
from crmbridge.mapping.outcome import PIPELINE_UNMAPPED, STAGE_UNMAPPED
from crmbridge.mapping.rules import PipelineRule, StageRule
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.pipeline import UNKNOWN_STAGE, Category, Pipeline, Stage

Issue = tuple[str, str, str]
_CACHED = 16_384


@dataclass(frozen=True, slots=True)
class StageHit:
    """What a vendor stage means."""

    pipeline: str | None
    stage: str | None
    category: Category
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class Labels:
    """A table of vendor values, exact first, then folded."""

    exact: Mapping[str, str]
    folded: Mapping[str, str]

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Labels":
        """The table of these values."""
        return cls(dict(values), {fold(label): ours for label, ours in values.items()})

    def find(self, label: str | None) -> str | None:
        """Our value for a vendor's, or None."""
        if label is None:
            return None
        return self.exact.get(label) or self.folded.get(fold(label))


@dataclass(frozen=True, slots=True)
class StageTable:
    """The pipelines that one object's records may be in.

    `fixed` is the pipeline of every record; where it is None, `choices` tells it from a vendor value, and `other` is
    the one of all values that it does not name. `flags` are the
    vendor's own words for open, won and lost; `meanings` what it says of stages that have no name here.
    """

    pipelines: Mapping[str, Pipeline]
    labels: Mapping[str, Labels]
    write_labels: Mapping[str, Mapping[str, str | None]]
    fixed: str | None
    choices: Labels
    choices_back: Mapping[str, str]
    flags: Labels
    meanings: Mapping[str, Category] = field(default_factory=dict)
    other: str | None = None

    def resolve(self, pipeline: str | None, stage: str | None, flag: str | None) -> StageHit:
        """The stage of a record, from the vendor's pipeline, stage and flag; None is a blank."""
        found = self.fixed or self.choices.find(pipeline) or self.other
        issues: list[Issue] = []
        if found is None:
            issues.append((PIPELINE_UNMAPPED, "pipeline", pipeline or ""))
        key = self.labels[found].find(stage) if found else None
        known = self.pipelines[found].stage(key) if found else None
        if known is not None:
            return StageHit(found, known.key, known.category, tuple(issues))
        issues.append((STAGE_UNMAPPED, "stage", stage or ""))
        return StageHit(found, UNKNOWN_STAGE, self.flagged(flag, stage), tuple(issues))

    def flagged(self, flag: str | None, stage: str | None = None) -> Category:
        """The category that the vendor's own flag says, or else what it says of the stage; open where it says none."""
        word = self.flags.find(flag)
        if word:
            return Category(word)
        return self.meanings.get(fold(stage), Category.OPEN) if stage else Category.OPEN

    def unnamed(self, meanings: Mapping[str, Category]) -> dict[str, Category]:
        """Those of the stages that no pipeline here has a name for."""
        return {
            word: meaning
            for word, meaning in meanings.items()
            if all(labels.find(word) is None for labels in self.labels.values())
        }

    def cached(self) -> Any:  # noqa: ANN401 - the same function behind a cache
        """`resolve` with its answers remembered."""
        return lru_cache(_CACHED)(self.resolve)

    def write(self, pipeline: str | None, stage: object) -> object:
        """The vendor's label of a stage; a failure where there is none, or several and no `write_label`."""
        wanted = pipeline or self.fixed
        stage = excerpt(stage) if not isinstance(stage, str) else stage
        homes = [p for p in self.pipelines.values() if wanted in {None, p.id} and p.stage(stage)]
        if len(homes) != 1:
            known = [s.key for p in self.pipelines.values() if wanted in {None, p.id} for s in p.stages]
            template = "several pipelines have a stage {stage}" if homes else "no pipeline has a stage {stage}"
            return LensFailure(template, {"stage": excerpt(stage)}, suggestion(excerpt(stage), known))
        label = self.write_labels[homes[0].id][stage]
        if label is None:
            return LensFailure(
                "several labels are read as {stage}: the mapping needs its write_label", {"stage": stage}
            )
        return label

    def write_pipeline(self, pipeline: object) -> object:
        """The vendor's value of a pipeline; a failure where no vendor value is read as it."""
        written = self.choices_back.get(pipeline) if isinstance(pipeline, str) else None
        if written is None:
            known = suggestion(excerpt(pipeline), self.choices_back)
            return LensFailure("no vendor value is read as {value}", {"value": excerpt(pipeline)}, known)
        return written


def make_pipelines(document: MappingDocument) -> tuple[Pipeline, ...]:
    """The pipelines of a document in the model's form; stages are numbered from 1 as they stand."""
    return tuple(_pipeline(name, rule) for name, rule in document.body.pipelines.items())


def _pipeline(name: str, rule: PipelineRule) -> Pipeline:
    own = rule.model_dump(exclude={"stages"}, exclude_unset=True)
    stages = tuple(
        Stage(order=order, **stage.model_dump(exclude={"labels", "write_label"}, exclude_unset=True))
        for order, stage in enumerate(rule.stages, 1)
    )
    return Pipeline(id=name, stages=stages, **own)


def labels_of(stage: StageRule) -> tuple[str, ...]:
    """The vendor's ids and labels of a stage: its own list, or its key and names where it has none."""
    return stage.labels or (stage.key, *stage.names.values())


def label_table(rule: PipelineRule) -> Labels:
    """The labels of a pipeline's stages."""
    return Labels.of({label: stage.key for stage in rule.stages for label in labels_of(stage)})


def write_labels(rule: PipelineRule) -> dict[str, str | None]:
    """The one label to write for each stage, None where several are read and none is named."""
    found: dict[str, str | None] = {}
    for stage in rule.stages:
        one = stage.labels[0] if len(stage.labels) == 1 else None
        found[stage.key] = stage.write_label or one
    return found


def problems(document: MappingDocument) -> Iterator[ConfigError]:
    """Stages that bear the same key or label, a `write_label` that is not read, a stage that calls itself UNKNOWN."""
    for name, rule in document.body.pipelines.items():
        if not rule.stages:
            yield document.problem("a pipeline has at least one stage", "pipelines", name)
        keys: dict[str, int] = {}
        labels: dict[str, str] = {}
        for number, stage in enumerate(rule.stages):
            path = ("pipelines", name, "stages", number)
            if stage.key == UNKNOWN_STAGE or stage.key in keys:
                yield document.problem("two stages have this key, or it is reserved: {value}", *path, value=stage.key)
            keys[stage.key] = number
            for label in labels_of(stage):
                other = labels.setdefault(fold(label), stage.key)
                if other != stage.key:
                    template = "{label} stands for two stages, {first} and {second}"
                    yield document.problem(template, *path, label=label, first=other, second=stage.key)
            if stage.write_label is not None and fold(stage.write_label) not in map(fold, labels_of(stage)):
                yield document.problem(
                    "{label} is none of the stage's labels",
                    *path,
                    "write_label",
                    label=stage.write_label,
                    nearest=suggestion(stage.write_label, labels_of(stage)),
                    hint="did you mean {nearest}?",
                )
