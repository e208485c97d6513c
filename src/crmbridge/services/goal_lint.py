"""Whether a goal is specific, measurable, achievable, relevant, timed: a draft in, findings out: `services.md` 8.3."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Literal

from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.services import stats
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.goal_metrics import Metric, metric_of
from crmbridge.services.goal_plans import changed, rounded, shown
from crmbridge.services.goal_text import Written, number, numbers, period_in, period_of
from crmbridge.services.goal_tree import Target, Unit
from crmbridge.services.goals_document import GoalEntry, GoalsConfig
from crmbridge.services.kpi_document import Kpi

Letter = Literal["S", "M", "A", "R", "T"]
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a draft, by the letter that it misses."""

    letter: Letter
    severity: Severity
    note: Note


@dataclass(frozen=True, slots=True)
class Draft:
    """A goal before it is one: a bare text, and whatever is said of it beside. None is what nobody has said."""

    text: str = ""
    metric: str | None = None
    target: str | None = None
    baseline: str | None = None
    node: str | None = None
    owner: str | None = None
    period: str | None = None
    parent: str | None = None
    checks: Sequence[date] = ()
    has_scope: bool = False

    @classmethod
    def of(cls, goal: GoalEntry) -> "Draft":
        """The draft that an entry of `goals.toml` is."""
        return cls(
            metric=goal.metric,
            target=goal.target,
            baseline=goal.baseline,
            node=goal.node,
            owner=goal.owner,
            period=goal.period,
            parent=goal.parent or goal.strategy,
            checks=goal.checks,
            has_scope=bool(goal.where),
        )


@dataclass(frozen=True, slots=True)
class Linting:
    """What a draft is read with: the day, the company's currency and months, its metrics and rules."""

    day: date
    currency: str
    config: GoalsConfig
    kpis: Mapping[str, Kpi]
    start_month: int = 1


@dataclass(frozen=True, slots=True)
class Understood:
    """What a draft says, as far as it says it. `is_change`: the target is a change against a baseline."""

    draft: Draft
    metric: Metric | None = None
    written: Written | None = None
    unit: Unit | None = None
    target: Target | None = None
    period: NamedPeriod | None = None
    problem: ConfigError | None = None
    best: Fraction | None = None
    unmeasurable: Note | None = None
    ratio: Fraction | None = field(default=None)

    @property
    def amount(self) -> Fraction | None:
        """The target in the units that people read."""
        return None if self.target is None or self.unit is None else shown(self.target, self.unit)


def understood(draft: Draft, around: Linting) -> Understood:
    """What a draft says; nothing is guessed."""
    name = draft.metric or _metric_in(draft.text, around.config)
    metric, problem = None, None
    if name is not None:
        try:
            metric = metric_of(name, around.config, around.kpis)
        except ConfigError as error:
            problem = error
    written = _written(draft)
    unit = _unit(metric, written, around.currency)
    found = Understood(draft, metric, written, unit, period=_period(draft, around), problem=problem)
    return replace(found, target=_target(found))


def judged(found: Understood, best: Fraction | None, unmeasurable: Note | None) -> Understood:
    """The same with the best of the last like periods (None: there is no history), or why nothing can be measured."""
    amount = found.amount
    ratio = None
    if amount is not None and best:
        is_down = found.metric is not None and found.metric.direction == "down"
        ratio = stats.ratio(best, amount) if is_down else stats.ratio(amount, best)
    return replace(found, best=best, unmeasurable=unmeasurable, ratio=ratio)


def lint(found: Understood, around: Linting) -> tuple[Finding, ...]:
    """The findings on a draft, by letter, errors first."""
    listed = [*_specific(found, around), *_measurable(found), *_achievable(found, around.config), *_relevant(found)]
    listed += _timed(found, around.day)
    return tuple(sorted(listed, key=lambda one: ("SMART".index(one.letter), one.severity != "error")))


def _specific(found: Understood, around: Linting) -> Iterator[Finding]:
    draft = found.draft
    if found.problem is not None:
        yield _lacks("S", "SMART_METRIC", "{reason}", reason=str(found.problem))
    elif found.metric is None:
        yield _lacks("S", "SMART_METRIC", "it does not say what is measured: a metric is missing")
    if not draft.node:
        yield _lacks("S", "SMART_NODE", "it does not say for whom: company, team or rep is missing")
    if not draft.owner:
        yield _lacks("S", "SMART_OWNER", "nobody answers for it: an owner is missing")
    verb = next((one for one in around.config.lint.vague if one.casefold() in draft.text.casefold()), None)
    if verb is not None and found.written is None:
        yield _lacks("S", "SMART_VAGUE", "{verb} alone says nothing: by how much, or to what?", verb=verb)
    if not draft.has_scope:
        yield _doubts("S", "SMART_SCOPE", "it is about everything: no product and no region is named")


def _measurable(found: Understood) -> Iterator[Finding]:
    written = found.written
    if written is None:
        yield _lacks("M", "SMART_NUMBER", "there is no number to reach")
    elif written.is_change and found.draft.baseline is None:
        yield _lacks("M", "SMART_BASELINE", "a change needs what it is counted from: the baseline is missing")
    elif found.unit is None:
        yield _lacks("M", "SMART_UNIT", "the number has no unit")
    if found.unmeasurable is not None:
        text = "the metric cannot be worked out of what the sources tell: {reason}"
        yield _doubts("M", "SMART_SOURCE", text, reason=str(found.unmeasurable))


def _achievable(found: Understood, config: GoalsConfig) -> Iterator[Finding]:
    amount = found.amount
    if amount is None:
        return
    is_down = found.metric is not None and found.metric.direction == "down"
    if amount < 0 or (amount == 0 and not is_down):
        yield _lacks("A", "SMART_NOTHING", "the target is not above nothing")
        return
    if found.ratio is None:
        yield _doubts("A", "SMART_NO_HISTORY", "there is no earlier period of this length to compare it with")
        return
    told: dict[str, object] = {"ratio": f"{float(found.ratio):.4f}", "best": f"{float(found.best or 0):,.2f}"}
    text = "it is {ratio} times the best of the last four periods of this length ({best})"
    if found.ratio > Fraction(config.lint.unlikely):
        yield Finding("A", "error", Note("SMART_UNLIKELY", text, told))
    elif found.ratio > Fraction(config.lint.ambitious):
        yield Finding("A", "warning", Note("SMART_AMBITIOUS", text, told))


def _relevant(found: Understood) -> Iterator[Finding]:
    if not found.draft.parent:
        yield _doubts("R", "SMART_PARENT", "it serves no other goal and no strategy that is named")


def _timed(found: Understood, day: date) -> Iterator[Finding]:
    period = found.period
    if period is None:
        yield _lacks("T", "SMART_PERIOD", "it does not say by when: a period is missing")
    elif period.end <= day:
        yield _lacks("T", "SMART_OVER", "the period {period} is over", period=period.label)
    if not found.draft.checks:
        yield _doubts("T", "SMART_CHECKS", "no day is named on which it is looked at together")


def _lacks(letter: Letter, code: str, text: str, **params: object) -> Finding:
    return Finding(letter, "error", Note(code, text, params))


def _doubts(letter: Letter, code: str, text: str, **params: object) -> Finding:
    return Finding(letter, "warning", Note(code, text, params))


def _metric_in(text: str, config: GoalsConfig) -> str | None:
    """The metric whose longest word stands in a text."""
    fitting = [
        (len(word), name) for name, spec in config.metrics.items() for word in spec.words if _stands_in(word, text)
    ]
    return max(fitting, key=lambda one: (one[0], one[1]))[1] if fitting else None


def _stands_in(word: str, text: str) -> bool:
    """Whether a word is in a text; letters stand alone, Chinese characters need no blanks around them."""
    if word.isascii():
        return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None
    return word in text


def _written(draft: Draft) -> Written | None:
    if draft.target is not None:
        try:
            return number(draft.target)
        except ConfigError:
            return None
    found = numbers(draft.text)
    return next((one for one in found if one.has_unit or one.is_change), found[0] if found else None)


def _unit(metric: Metric | None, written: Written | None, currency: str) -> Unit | None:
    """The unit of the metric; without one, that which the number bears: 100万 and an amount are money."""
    if metric is not None:
        return metric.unit((written.currency if written else None) or currency)
    if written is None or not written.has_unit:
        return None
    return Unit("rate") if written.is_percent else Unit("money", written.currency or currency)


def _target(found: Understood) -> Target | None:
    written, unit = found.written, found.unit
    if written is None or unit is None:
        return None
    if not written.is_change:
        is_odd = written.is_percent and unit.kind != "rate"
        return None if is_odd else rounded(written.value, unit)
    if found.draft.baseline is None:
        return None
    try:
        return changed(written, number(found.draft.baseline).value, unit)
    except ConfigError:
        return None


def _period(draft: Draft, around: Linting) -> NamedPeriod | None:
    if draft.period is not None:
        try:
            return period_of(draft.period, around.start_month)[1]
        except ConfigError:
            return period_in(draft.period, around.day, around.start_month)
    return period_in(draft.text, around.day, around.start_month)
