"""The goals of a company opened: as published, else as `goals.toml` has them, with what their metrics came to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from crmbridge.facts.store import Facts
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.money import MixedCurrency
from crmbridge.model.notes import Note
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.fiscal import NamedPeriod
from crmbridge.services.forecast import forecast
from crmbridge.services.forecast_report import ForecastRequest
from crmbridge.services.funnel_report import FunnelRequest
from crmbridge.services.goal_actuals import NO_ROW, NOT_A_USER, Actuals, Tally, measure_days, told_by_file
from crmbridge.services.goal_metrics import Metric, metric_of, scoped
from crmbridge.services.goal_org import COMPANY, Node, People, people, receivers
from crmbridge.services.goal_pace_report import PaceRequest
from crmbridge.services.goal_plans import PlannedGoal, Planning, planned
from crmbridge.services.goal_versions import Kept, is_edited, kept, restored
from crmbridge.services.goals_document import GoalEntry
from crmbridge.services.kpi import kpi_world
from crmbridge.services.results import Period
from crmbridge.services.world import World

Told = tuple[Tally | None, Note | None]
"""What a node's records came to, or why nobody knows."""
_E4 = 10_000
_BY_PIPELINE = "revenue_won"
"""The KPI whose open part the forecast weighs."""


@dataclass
class GoalDesk:
    """One opening of the facts for the goals of a request; nothing is measured before it is asked for."""

    facts: Facts
    pipelines: Sequence[Pipeline]
    request: PaceRequest
    world: World = field(init=False)
    day: date = field(init=False)
    people: People = field(init=False)
    kept: Kept = field(init=False)
    notes: list[Note] = field(default_factory=list)
    _measured: dict[tuple[str, str, str | None, Period], Actuals] = field(default_factory=dict)
    _weighted: dict[tuple[Period, str | None], Mapping[str | None, Fraction]] = field(default_factory=dict)
    _days: dict[tuple[str, str], dict[date, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        request = self.request
        self.world = kpi_world(self.facts, self.pipelines, FunnelRequest(as_of=request.as_of))
        self.day = request.as_of.astimezone(self.facts.zone).date()
        self.people = people(self.world, request.company, request.config)
        self.kept = kept(self.world)

    def goals(self) -> list[PlannedGoal]:
        """The goals asked for, each in its last version, in the order of the document."""
        wanted, known = self.request.goals, self.request.config.goals
        for name in wanted:
            if name not in {entry.id for entry in known}:
                near = suggestion(name, [entry.id for entry in known])
                raise ConfigError("there is no goal {name}", name=name, nearest=near, hint="did you mean {nearest}?")
        return [self._last(entry) for entry in known if not wanted or entry.id in wanted]

    def _last(self, entry: GoalEntry) -> PlannedGoal:
        versions = self.kept.versions.get(entry.id)
        if not versions:
            self.notes.append(Note("GOAL_DRAFT", "the goal {goal} is not published", {"goal": entry.id}, "remark"))
            return self.draft(entry)
        at, body = versions[-1]
        if is_edited(entry, body):
            text = "goals.toml says something else of {goal} than its version {version}: publish it, or put it back"
            self.notes.append(Note("GOAL_EDITED", text, {"goal": entry.id, "version": body["version"]}))
        return restored(at, body, self.request.config, self.request.kpis, self.people)

    def version(self, entry: GoalEntry, number: int) -> PlannedGoal | None:
        """A version of a goal by its number; None where there is none of it."""
        for at, body in self.kept.versions.get(entry.id, ()):
            if body["version"] == number:
                return restored(at, body, self.request.config, self.request.kpis, self.people)
        return None

    def draft(self, entry: GoalEntry) -> PlannedGoal:
        """The goal as the document has it."""
        request = self.request
        metric = metric_of(entry.metric, request.config, request.kpis)
        tree = self.people.named(entry.node)
        if entry.org is not None and entry.org.receivers:
            tree = receivers(self.people, tree, entry.org.receivers)

        def history(owners: frozenset[str] | None, period: NamedPeriod) -> Fraction:
            tally = self.measured(entry, metric, period.period).of(owners, period.start, period.end)
            return max(Fraction(0), tally.value(is_rate=metric.is_ratio) or Fraction(0))

        currency = request.currency or self.facts.currency
        around = Planning(currency, request.start_month, request.calendar, history if metric.kpi else None)
        made = planned(entry, metric, tree, around)
        self.notes += made.notes
        return made

    def measured(self, entry: GoalEntry, metric: Metric, window: Period) -> Actuals:
        """What a goal's metric came to by owner and day of a window, measured once."""
        if metric.kpi is None:
            raise ConfigError("the figures of {metric} come out of a file", metric=metric.id)
        kpi = scoped(entry, metric.kpi)
        key = (kpi.model_dump_json(), metric.by, entry.currency, window)
        if key not in self._measured:
            self._measured[key] = measure_days(self.world, kpi, window, metric.by, entry.currency)
        return self._measured[key]

    def days(self, goal: PlannedGoal, node: Node) -> dict[date, int]:
        """The targets of a node's days."""
        key = (f"{goal.entry.id}|{goal.version}", node.key)
        if key not in self._days:
            self._days[key] = goal.days(node, self.request.calendar)
        return self._days[key]

    def told(self, goal: PlannedGoal, node: Node, period: Period, window: Period | None = None) -> Told:
        """What a node's records came to in a period inside the goal's own, or inside `window`."""
        if goal.metric.kpi is None:
            found = self._filed(goal, node, period)
            return (found, None) if found is not None else (None, NO_ROW)
        if node.kind == "rep" and node.user_id is None:
            return None, NOT_A_USER
        actuals = self.measured(goal.entry, goal.metric, window or goal.period.period)
        if actuals.missing is not None:
            return None, actuals.missing
        tally = actuals.of(None if node.kind == COMPANY else node.owners, period.start, period.end)
        self._check_currency(goal, tally)
        return tally, None

    def unassigned(self, goal: PlannedGoal, node: Node, period: Period) -> Tally | None:
        """What nobody below a node has of what the node came to; None where that is nothing, or nobody knows."""
        if goal.metric.kpi is None or not node.children:
            return None
        actuals = self.measured(goal.entry, goal.metric, goal.period.period)
        whole = actuals.of(None if node.kind == COMPANY else node.owners, period.start, period.end)
        below = frozenset(owner for child in node.children for owner in child.owners)
        rest = whole - actuals.of(below, period.start, period.end)
        return rest if rest.n or rest.unknown or rest.numerator or rest.denominator else None

    def _check_currency(self, goal: PlannedGoal, tally: Tally) -> None:
        if goal.unit.kind == "money" and tally.currency is not None and tally.currency != goal.unit.currency:
            raise MixedCurrency([tally.currency, str(goal.unit.currency)])

    def _filed(self, goal: PlannedGoal, node: Node, period: Period) -> Tally | None:
        """What the file says of a node; where it says nothing, what it says of all below it, re-added."""
        rows = [one for one in self.request.figures if one.metric == goal.entry.metric]
        names = None if node.kind == COMPANY else frozenset(self._names(node))
        is_rate = not goal.metric.is_additive
        month = self.request.start_month
        own = told_by_file(rows, names, period, self.day, is_rate=is_rate, start_month=month)
        if own is not None or not node.children:
            return own
        below = [self._filed(goal, child, period) for child in node.children]
        if any(one is None or (is_rate and one.denominator == 1) for one in below):
            return None
        return sum((one for one in below if one is not None), Tally())

    def _names(self, node: Node) -> Iterator[str]:
        yield node.name.strip().casefold()
        yield node.key.partition("/")[2].casefold()
        if node.user_id in self.people.users:
            yield from self.people.users[str(node.user_id)]["called"]

    def weighted(self, goal: PlannedGoal, node: Node, period: Period) -> Fraction | None:
        """What the open deals of a node may bring in a period, by their chances; None where the metric is another."""
        kpi = goal.metric.kpi
        if kpi is None or kpi.id != _BY_PIPELINE or goal.entry.where or not goal.metric.is_additive:
            return None
        key = (period, goal.entry.currency)
        if key not in self._weighted:
            request = ForecastRequest(
                self.request.as_of,
                period,
                by=goal.metric.by,
                currency=goal.entry.currency,
                calendar=self.request.calendar.id,
            )
            found = forecast(self.facts, self.pipelines, request, self.request.forecast)
            self._weighted[key] = {row.key: row.weighted_e4 / _E4 for row in found.slices}
        weighted = self._weighted[key]
        if node.kind == COMPANY:
            return sum(weighted.values(), Fraction(0))
        return sum((weighted.get(owner, Fraction(0)) for owner in sorted(node.owners)), Fraction(0))
