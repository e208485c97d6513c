"""What a goal's metric came to in earlier periods of the same length: whether a target is within reach."""

from dataclasses import dataclass
from fractions import Fraction

from crmbridge.model.errors import ConfigError
from crmbridge.model.notes import Note
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.goal_desk import GoalDesk
from crmbridge.services.goal_lint import Finding, Linting, Understood, judged, lint
from crmbridge.services.goal_org import COMPANY
from crmbridge.services.goal_text import like
from crmbridge.services.goals_document import GoalEntry
from crmbridge.services.results import Period

BACK = 4
"""So many like periods are looked at."""


@dataclass(frozen=True, slots=True)
class Linted:
    """A draft understood and judged. `periods` are the earlier ones with what each came to, the last first."""

    found: Understood
    findings: tuple[Finding, ...]
    periods: tuple[tuple[NamedPeriod, Fraction], ...] = ()

    @property
    def has_errors(self) -> bool:
        """Whether it is no goal yet."""
        return any(one.severity == "error" for one in self.findings)


def linted(desk: GoalDesk, found: Understood, around: Linting, entry: GoalEntry | None = None) -> Linted:
    """A draft with its findings, those on its history among them."""
    periods, reason = _earlier(desk, found, entry)
    is_down = found.metric is not None and found.metric.direction == "down"
    values = [value for _, value in periods if value > 0]
    best = None if not values else min(values) if is_down else max(values)
    known = judged(found, best, reason)
    return Linted(known, lint(known, around), periods)


def _earlier(
    desk: GoalDesk, found: Understood, entry: GoalEntry | None
) -> tuple[tuple[tuple[NamedPeriod, Fraction], ...], Note | None]:
    """The last four like periods that were over by the day, of which anything is told; or why nothing can be."""
    metric, period = found.metric, found.period
    if metric is None or metric.kpi is None or metric.is_stock or period is None:
        return (), None
    spans = [like(period, n, desk.request.start_month) for n in range(1, BACK + _ahead(desk, period) + 1)]
    over = [span for span in spans if span.end <= desk.day][:BACK]
    if not over:
        return (), None
    window = Period(over[-1].start, over[0].end)
    asked = entry or GoalEntry(id="draft", metric=metric.id, period=period.label, target="1")
    actuals = desk.measured(asked, metric, window)
    if actuals.missing is not None:
        return (), actuals.missing
    owners = _owners(desk, found)
    first = actuals.first
    told = [(span, actuals.of(owners, span.start, span.end)) for span in over if first is not None and span.end > first]
    values = [(span, tally.value(is_rate=metric.is_ratio)) for span, tally in told]
    return tuple((span, value) for span, value in values if value is not None), None


def _ahead(desk: GoalDesk, period: NamedPeriod) -> int:
    """How many like periods lie between the day and the period, one more to be sure."""
    width = max(1, (period.end - period.start).days - 3)
    return max(0, (period.start - desk.day).days // width) + 2


def _owners(desk: GoalDesk, found: Understood) -> frozenset[str] | None:
    if found.draft.node is None:
        return None
    try:
        node = desk.people.named(found.draft.node)
    except ConfigError:
        return None
    return None if node.kind == COMPANY else node.owners
