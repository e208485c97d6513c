"""What must hold before a deal may leave a stage.

A move upwards is asked for the exit criteria, required fields and required actions of the stage it leaves and of every
stage it skips, and for the entry criteria of its target. A move back, to lost or to void passes no gate, but needs a
reason.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.pipeline import Category, Criterion, Pipeline, Stage

Mode = Literal["block", "warn", "audit"]
Severity = Literal["error", "warning", "info"]
_SEVERITY: dict[Mode, Severity] = {"block": "error", "warn": "warning", "audit": "info"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. `field` names the fields or the action that would settle it."""

    stage: str
    criterion: str
    kind: Literal["exit", "entry", "field", "action", "reason"]
    field: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class GateResult:
    """What a move would meet. `allows` is False only in `block` mode with something unmet.

    A move that already happened on the vendor's side is history: `audit` records and refuses nothing.
    """

    mode: Mode
    unmet: tuple[Finding, ...]

    @property
    def allows(self) -> bool:
        """Whether crmbridge may write the move."""
        return self.mode != "block" or not self.unmet


def check_move(
    pipeline: Pipeline,
    from_stage: str | None,
    to_stage: str,
    *,
    values: Mapping[str, object],
    actions: Collection[str] = (),
    mode: Mode = "warn",
    reason: str | None = None,
) -> GateResult:
    """The unmet criteria of a move. `values` are the deal's fields and what is counted about it; None is never met.

    `actions` are the required actions recorded as done, as `action` or `stage.action`. An unknown target is a
    ConfigError with the nearest stage; from an unmapped stage only the target's entry is asked for.
    """
    target = pipeline.stage(to_stage)
    if target is None:
        known = [stage.key for stage in pipeline.stages]
        raise ConfigError(
            "pipeline {pipeline} has no stage {stage}",
            pipeline=pipeline.id,
            stage=to_stage,
            nearest=suggestion(to_stage, known),
            hint="did you mean {nearest}?",
        )
    severity = _SEVERITY[mode]
    low, high = pipeline.rank(from_stage), pipeline.rank(to_stage)
    if _needs_reason(target, low, high):
        return GateResult(mode, () if reason else (Finding(to_stage, "reason", "reason", "reason", severity),))
    passed = [s for rank, s in enumerate(pipeline.open_stages, start=1) if low and high and low <= rank < high]
    unmet = [finding for stage in passed for finding in _unmet_exit(stage, values, actions, severity)]
    unmet += _unmet(target, target.entry_criteria, "entry", values, severity)
    return GateResult(mode, tuple(unmet))


def is_met(criterion: Criterion, values: Mapping[str, object]) -> bool:
    """Whether a criterion holds: any of its fields filled, or its number large enough. Unknown is never met."""
    if criterion.any_of:
        return any(_is_filled(values.get(field)) for field in criterion.any_of)
    value = values.get(criterion.field or criterion.id)
    if criterion.at_least is None:
        return _is_filled(value)
    number = _number(value)
    return number is not None and number >= criterion.at_least


def _needs_reason(target: Stage, low: int | None, high: int | None) -> bool:
    """Whether the move goes back, or out of the funnel unwon."""
    if target.category in {Category.LOST, Category.VOID}:
        return True
    return low is not None and high is not None and high < low


def _unmet_exit(
    stage: Stage, values: Mapping[str, object], actions: Collection[str], severity: Severity
) -> Iterator[Finding]:
    yield from _unmet(stage, stage.exit_criteria, "exit", values, severity)
    for field in stage.required_fields:
        if not _is_filled(values.get(field)):
            yield Finding(stage.key, field, "field", field, severity)
    for action in stage.required_actions:
        if action not in actions and f"{stage.key}.{action}" not in actions:
            yield Finding(stage.key, action, "action", action, severity)


def _unmet(
    stage: Stage,
    criteria: tuple[Criterion, ...],
    kind: Literal["exit", "entry"],
    values: Mapping[str, object],
    severity: Severity,
) -> Iterator[Finding]:
    for criterion in criteria:
        if not is_met(criterion, values):
            fields = ", ".join(criterion.any_of) or criterion.field or criterion.id
            yield Finding(stage.key, criterion.id, kind, fields, severity)


def _is_filled(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value is not False and value not in ((), [], {})


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None if value is None else Decimal(value)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
