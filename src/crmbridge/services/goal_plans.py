"""A goal as planned: its target, who has which share of it in which month, and its days: `services.md` 8.2."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError
from crmbridge.model.money import plain, round_half_up
from crmbridge.model.notes import Note
from crmbridge.services.fiscal import LEVELS, FiscalYear, NamedPeriod
from crmbridge.services.goal_metrics import Metric
from crmbridge.services.goal_org import Node
from crmbridge.services.goal_text import Written, number, period_of
from crmbridge.services.goal_tree import Goal, OrgNode, Target, Unit
from crmbridge.services.goals import Method, OrgSplit, Split, TimeSplit, plan
from crmbridge.services.goals_document import GoalEntry

_RATE_DECIMALS = 6
History = Callable[[frozenset[str] | None, NamedPeriod], Fraction]
"""What a node's records came to in a period: the share of a split by history."""


@dataclass(frozen=True)
class PlannedGoal:
    """A goal with its shares: of each leaf of the tree by the label of its finest named period.

    `version` None: it is as `goals.toml` has it, and nobody has published it.
    """

    entry: GoalEntry
    metric: Metric
    unit: Unit
    target: Target
    fiscal: FiscalYear
    period: NamedPeriod
    tree: Node
    parts: Mapping[str, Mapping[str, Target]]
    notes: tuple[Note, ...] = ()
    version: int | None = None
    published_at: datetime | None = None
    by: str | None = None
    reason: str | None = None
    mode: str | None = None

    @cached_property
    def leaves(self) -> dict[str, Node]:
        """The nodes that have no others under them, by key."""
        return {node.key: node for _, node in self.tree.walk() if not node.children}

    def named(self, label: str) -> NamedPeriod:
        """The period of a part."""
        return self.period if label == self.period.label else self.fiscal.named(label)

    def days(self, node: Node, calendar: Calendar) -> dict[date, int]:
        """The target of each day of a node, the sum of those under it; of an additive goal."""
        found: dict[date, int] = {}
        for _, leaf in node.walk():
            for label, target in self.parts.get(leaf.key, {}).items():
                for day, share in self._split(leaf, label, target, calendar):
                    found[day] = found.get(day, 0) + share
        return found

    def _split(self, leaf: Node, label: str, target: Target, calendar: Calendar) -> Iterator[tuple[date, int]]:
        method: Method = "capacity" if self.entry.time.method == "capacity" else "even"
        over = [TimeSplit(self.fiscal, method, ("day",))]
        org = org_node(leaf, self.unit, calendar)
        made = plan(target, unit=self.unit, over=over, calendar=leaf.own(calendar), org=org, period=self.named(label))
        for goal in made.goal.at("day"):
            if goal.period is not None:
                yield goal.period.start, int(goal.target)

    def share(self, node: Node) -> Target:
        """The target of a node in the whole period: the sum of those under it, or what it inherits."""
        if not self.metric.is_additive:
            return self.target
        leaves = [leaf.key for _, leaf in node.walk() if not leaf.children]
        return sum(int(target) for key in leaves for target in self.parts.get(key, {}).values())


@dataclass(frozen=True, slots=True)
class Planning:
    """What goals are planned with: the company's currency, first month of the year and calendar, and its history."""

    currency: str
    start_month: int
    calendar: Calendar
    history: History | None = None


def planned(entry: GoalEntry, metric: Metric, tree: Node, around: Planning) -> PlannedGoal:
    """The goal of an entry, split over the tree and over time; ConfigError for what cannot be, with the goal's id."""
    try:
        return _planned(entry, metric, tree, around)
    except ConfigError as error:
        raise ConfigError("the goal {goal}: {reason}", goal=entry.id, reason=str(error)) from error


def _planned(entry: GoalEntry, metric: Metric, tree: Node, around: Planning) -> PlannedGoal:
    fiscal, period = period_of(entry.period, around.start_month, entry.time.rule)
    unit = metric.unit(entry.currency or number(entry.target).currency or around.currency)
    target = target_of(entry, unit)
    if entry.org is None:
        tree = replace(tree, children=())
    elif entry.org.method == "history" and around.history is not None:
        tree = _with_history(tree, around.history, _year_before(period, fiscal))
    over: list[Split] = [] if entry.org is None else [OrgSplit(entry.org.method)]
    levels = tuple(one for one in entry.time.levels if LEVELS.index(one) > LEVELS.index(period.level))
    if levels:
        values = _values(entry, unit, tree, fiscal, around.history)
        over.append(TimeSplit(fiscal, entry.time.method, levels, values, is_spread=entry.time.spread))
    org = org_node(tree, unit, around.calendar)
    made = plan(target, unit=unit, over=over, calendar=tree.own(around.calendar), org=org, period=period)
    return PlannedGoal(entry, metric, unit, target, fiscal, period, tree, dict(_parts(made.goal, period)), made.notes)


def target_of(entry: GoalEntry, unit: Unit) -> Target:
    """The target in units of the goal; ConfigError for a change without a baseline, or what the unit cannot hold."""
    written = number(entry.target)
    if not written.is_change:
        return exact(written.value, unit, entry.target)
    if entry.baseline is None:
        raise ConfigError("{text} is a change of something: the baseline is missing", text=entry.target)
    return changed(written, number(entry.baseline).value, unit)


def changed(written: Written, baseline: Fraction, unit: Unit) -> Target:
    """The target that a change of a baseline comes to, rounded once."""
    value = baseline * (1 + written.value) if written.is_percent and not written.is_points else baseline + written.value
    return rounded(value, unit)


def rounded(value: Fraction, unit: Unit) -> Target:
    """An exact value in units of the goal, rounded half away from zero."""
    if unit.kind == "rate":
        return round_half_up(value, _RATE_DECIMALS).normalize() + Decimal(0)
    return int(round_half_up(value * 10**unit.decimals, 0))


def exact(value: Fraction, unit: Unit, text: str) -> Target:
    """A value in units of the goal; ConfigError where it is finer than the smallest of them."""
    found = rounded(value, unit)
    if unit.kind != "rate" and Fraction(unit.show(found)) != value:
        return unit.parse(text)  # says how many decimals there are
    return found


def shown(target: Target, unit: Unit) -> Fraction:
    """A target as people read it: an amount, a count, a share."""
    return Fraction(unit.show(target))


def org_node(node: Node, unit: Unit, calendar: Calendar) -> OrgNode:
    """The node as goals are split over it, told apart by its key."""
    given = unit.parse(plain(Decimal(node.given))) if node.given is not None else 0
    return OrgNode(
        node.key,
        tuple(org_node(child, unit, calendar) for child in node.children),
        fte=node.fte,
        ramp=node.ramp,
        leave=node.leave,
        calendar=node.own(calendar) if node.calendar or node.zone else None,
        history=node.history,
        target=int(given),
    )


def _parts(goal: Goal, period: NamedPeriod) -> Iterator[tuple[str, dict[str, Target]]]:
    """The finest named periods of each leaf, people first and then time."""
    people = [one for one in goal.children if one.period == goal.period]
    if people:
        for one in people:
            yield from _parts(one, period)
        return
    leaves = [one for _, one in goal.walk() if not one.children]
    yield goal.node, {(one.period or period).label: one.target for one in leaves}


def _with_history(node: Node, history: History, before: NamedPeriod) -> Node:
    """The leaves with what their records came to a year before, where nobody gave them a history."""
    if any(one.history for _, one in node.walk()):
        return node
    if not node.children:
        return replace(node, history=history(node.owners, before))
    return replace(node, children=tuple(_with_history(child, history, before) for child in node.children))


def _year_before(period: NamedPeriod, fiscal: FiscalYear) -> NamedPeriod:
    last = FiscalYear(fiscal.year - 1, fiscal.start_month, fiscal.rule)
    same = [one for one in last.labels.values() if one.months == period.months and one.level == period.level]
    return same[0] if same else last.whole


def _values(
    entry: GoalEntry, unit: Unit, tree: Node, fiscal: FiscalYear, history: History | None
) -> tuple[int | Fraction, ...]:
    """The twelve months, or four quarters, that a split over time goes by."""
    if entry.time.method == "manual":
        return tuple(int(exact(number(text).value, unit, text)) for text in entry.time.values)
    if entry.time.method == "history" and not entry.time.values and history is not None:
        last = FiscalYear(fiscal.year - 1, fiscal.start_month, fiscal.rule)
        months = sorted((one for one in last.labels.values() if one.level == "month"), key=lambda one: one.start)
        return tuple(history(tree.owners or None, month) for month in months)
    return tuple(number(text).value for text in entry.time.values)
