"""What a goal is about: a metric as its KPI or as figures out of a file, its unit, and whether its parts add up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.services.goal_tree import Unit
from crmbridge.services.goals_document import GoalEntry, GoalsConfig
from crmbridge.services.kpi_document import Formula, Kpi, check

_BY: Mapping[str, str] = {"task": "assignee"}
"""Whose record of a kind counts for whom, where that is not its owner."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`kpi` None: figures come out of a file. Parts of an additive one sum up; others inherit the target.

    A stock is as things stand, whatever the period. `by` is the dimension that says whose a record is.
    """

    id: str
    names: Mapping[str, str]
    kpi: Kpi | None
    kind: Literal["money", "count", "rate"]
    direction: Literal["up", "down"]
    is_additive: bool
    is_stock: bool
    by: str

    @property
    def is_ratio(self) -> bool:
        """Whether it is a numerator over a denominator, and not a sum."""
        return self.kind == "rate" if self.kpi is None else self.kpi.formula.aggregate in {"rate", "mean"}

    def unit(self, currency: str) -> Unit:
        """The unit of its targets; `currency` is that of amounts."""
        return Unit(self.kind, currency if self.kind == "money" else None)


def known_metrics(config: GoalsConfig, kpis: Mapping[str, Kpi]) -> list[str]:
    """Every name that a goal can be about."""
    return sorted({*config.metrics, *kpis})


def metric_of(name: str, config: GoalsConfig, kpis: Mapping[str, Kpi]) -> Metric:
    """The metric of that name; ConfigError with the nearest, or where a KPI's figures cannot be re-added."""
    spec = config.metrics.get(name)
    if spec is not None and spec.kpi is None:
        kind, direction = spec.unit or "count", spec.direction or "up"
        is_additive = kind != "rate"
        return Metric(name, spec.names or {"en": name}, None, kind, direction, is_additive, is_stock=False, by="owner")
    kpi = kpis.get(name if spec is None else spec.kpi or name)
    if kpi is None:
        wanted = name if spec is None else spec.kpi or name
        near = suggestion(wanted, known_metrics(config, kpis))
        raise ConfigError("there is no metric {name}", name=wanted, nearest=near, hint="did you mean {nearest}?")
    if kpi.formula.aggregate in {"median", "distinct"}:
        text = "the figures of {kpi} ({aggregate}) of several people cannot be added up to one"
        raise ConfigError(text, kpi=kpi.id, aggregate=kpi.formula.aggregate, hint="choose a count, sum, mean or rate")
    is_additive = kpi.formula.aggregate in {"count", "sum"} and kpi.formula.date is not None
    return Metric(
        name,
        kpi.names or {"en": kpi.id},
        kpi,
        _kind(kpi, is_additive=is_additive),
        kpi.direction,
        is_additive,
        is_stock=kpi.formula.date is None,
        by=(spec.by if spec else None) or _BY.get(kpi.formula.kind, "owner"),
    )


def _kind(kpi: Kpi, *, is_additive: bool) -> Literal["money", "count", "rate"]:
    """Money and counts are split to their last unit; all else is inherited, and so a rate to the splitter."""
    if not is_additive:
        return "rate"
    return "money" if kpi.unit == "money" else "count"


def scoped(goal: GoalEntry, kpi: Kpi) -> Kpi:
    """The KPI over the records that the goal is about; ConfigError for a field that they do not have."""
    if not goal.where:
        return kpi
    formula = kpi.formula
    if formula.aggregate == "rate":
        changed: Formula = formula.model_copy(update={"of": (*(formula.of or ()), *goal.where)})
    else:
        changed = formula.model_copy(update={"where": (*formula.where, *goal.where)})
    found = kpi.model_copy(update={"formula": changed})
    try:
        check(found)
    except ValueError as error:
        raise ConfigError("the goal {goal}: {reason}", goal=goal.id, reason=str(error)) from error
    return found
