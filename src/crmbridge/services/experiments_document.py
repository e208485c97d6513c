"""Which experiments a company runs: `experiments.toml` over `default_experiments.toml` beside this file."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model import documents
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.experiment import needed
from crmbridge.services.kpi_document import Kpi

_SHIPPED = "default_experiments.toml"
Unit = Literal["lead", "deal"]
Text = Annotated[str, Field(min_length=1)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Arms(_Strict):
    """What is done in each arm, in words."""

    control: str | None = None
    treatment: str | None = None


class Experiment(_Strict):
    """A change that is tried on the records of `unit` that come in from `start` up to, not including, `end`.

    `metric` is the id of a KPI, `baseline` its share before, `effect` what is to be added to it.
    """

    hypothesis: Text
    change: Text
    metric: Text
    unit: Unit
    start: date
    end: date
    n_planned: Annotated[int, Field(ge=1)] | None = None
    baseline: Share | None = None
    effect: Decimal | None = None
    owner: str | None = None
    arms: Arms = Arms()

    @model_validator(mode="after")
    def _can_end(self) -> Self:
        if self.start >= self.end:
            raise ValueError("it ends before it starts: end is the first day that is not counted")
        if self.baseline is not None and self.effect is not None:
            if not self.effect or not 0 <= self.baseline + self.effect <= 1:
                raise ValueError("effect is added to the baseline: not zero, and both together are from 0 to 1")
        elif self.n_planned is None:
            raise ValueError("say n_planned, or baseline and effect: how many records show it")
        return self

    @property
    def planned(self) -> int:
        """How many measured records each arm takes."""
        if self.n_planned is not None or self.baseline is None or self.effect is None:
            return self.n_planned or 0
        return needed(float(self.baseline), float(self.baseline + self.effect))


class Texts(_Strict):
    """What the owner of an experiment is told at its end, by language: it can be judged, or too few records came."""

    ended: Annotated[Mapping[str, Text], Field(min_length=1)]
    too_few: Annotated[Mapping[str, Text], Field(min_length=1)]


class ExperimentsConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    language: Text
    texts: Texts
    experiments: Mapping[Key, Experiment]


def load_experiments(text: str, kpis: Mapping[str, Kpi], *, file: str = "experiments.toml") -> ExperimentsConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    config = overlaid(ExperimentsConfig, _SHIPPED, text, file=file)
    if problems := list(_unfit(documents.parse(text, file), config, kpis)):
        raise ConfigErrors(problems)
    return config


@cache
def built_in() -> ExperimentsConfig:
    """What is shipped."""
    return shipped(ExperimentsConfig, _SHIPPED)


def is_share(kpi: Kpi) -> bool:
    """Whether a KPI counts records among others, which is what two arms can be compared by."""
    formula = kpi.formula
    return formula.aggregate == "rate" and formula.field is None and formula.of_field is None


def _unfit(document: documents.TomlText, config: ExperimentsConfig, kpis: Mapping[str, Kpi]) -> Iterator[ConfigError]:
    """Metrics that are not there, that are no share of records, or of other records than are put into arms."""
    for name, one in config.experiments.items():
        path = ("experiments", name, "metric")
        shares = [kpi.id for kpi in kpis.values() if is_share(kpi) and kpi.formula.kind == one.unit]
        kpi = kpis.get(one.metric)
        if kpi is None:
            yield documents.unknown(document, path, one.metric, shares)
        elif not is_share(kpi):
            yield documents.refused(document, "the KPI is no share of records", path)
        elif kpi.formula.kind != one.unit:
            yield documents.refused(document, "the KPI is a share of other records than those of `unit`", path)
