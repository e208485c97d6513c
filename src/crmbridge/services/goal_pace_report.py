"""The pace of goals: what is asked, and the answer. Plain frozen values; nothing here computes.

All figures are exact and in the units that people read: amounts, counts, shares. None is unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from crmbridge.model.calendar import Calendar
from crmbridge.model.notes import Note
from crmbridge.services.fiscal import Level, NamedPeriod
from crmbridge.services.forecast_report import ForecastConfig
from crmbridge.services.forecast_report import built_in as built_in_forecast
from crmbridge.services.goal_actuals import FileFigure
from crmbridge.services.goal_metrics import Metric
from crmbridge.services.goal_org import Node, People
from crmbridge.services.goal_plans import PlannedGoal
from crmbridge.services.goal_tree import Unit
from crmbridge.services.goal_versions import Kept
from crmbridge.services.goals_document import GoalsConfig
from crmbridge.services.kpi_document import Kpi
from crmbridge.services.pace import Colour, State
from crmbridge.services.results import Evidence, Unavailable


@dataclass(frozen=True, slots=True)
class PaceRequest:
    """Of which goals (none named: all), of which node, at which level, as of when.

    `level` None is each goal's whole period; else every period of that level that has begun. `kpis` are all that there
    are, by id. `currency` is that of amounts whose goal names none. `with_pipeline` adds what open deals may bring.
    """

    as_of: datetime
    calendar: Calendar
    config: GoalsConfig
    kpis: Mapping[str, Kpi]
    figures: Sequence[FileFigure] = ()
    start_month: int = 1
    currency: str | None = None
    company: str = "company"
    level: Level | None = None
    goals: Sequence[str] = ()
    node: str | None = None
    with_pipeline: bool = False
    forecast: ForecastConfig = field(default_factory=built_in_forecast)


@dataclass(frozen=True, slots=True)
class PaceRow:
    """One node of one goal in one period.

    `actual` is what the records came to up to the day of `as_of`; `unavailable` says why there is none. `required` is
    what each of the workdays left must bring, `strain` that over what each brought so far. `pipeline` is what is closed
    with the weighted open deals. A row `unassigned` has no target: it is what nobody in the tree below its node has.
    """

    goal: str
    names: Mapping[str, str]
    metric: Metric
    unit: Unit
    node: Node
    depth: int
    level: Level
    period: NamedPeriod
    target: Fraction | None
    expected: Fraction | None
    actual: Fraction | None
    n: int = 0
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    is_enough: bool = True
    unavailable: Unavailable | None = None
    gap: Fraction | None = None
    attainment: Fraction | None = None
    pace: Fraction | None = None
    colour: Colour | None = None
    state: State | None = None
    workdays: int = 0
    elapsed: int = 0
    linear: Fraction | None = None
    planned: Fraction | None = None
    pipeline: Fraction | None = None
    required: Fraction | None = None
    so_far: Fraction | None = None
    strain: Fraction | None = None
    version: int | None = None
    agreed_at: datetime | None = None
    unknown: int = 0

    @property
    def kpi(self) -> str | None:
        """The id of the KPI that the metric is; None for figures out of a file."""
        return self.metric.kpi.id if self.metric.kpi else None

    @property
    def source(self) -> str:
        """Where the actual comes from: `crm`, or `manual` for the file of figures."""
        return self.metric.kpi.source if self.metric.kpi else "manual"

    @property
    def needs_consent(self) -> bool:
        """Whether a rep has a share of a published goal here and has not agreed to it."""
        return self.node.kind == "rep" and self.version is not None and self.agreed_at is None


@dataclass(frozen=True, slots=True)
class PaceReport:
    """The whole answer: goals in the order of the document, nodes parents first, periods in time."""

    request: PaceRequest
    day: date
    goals: tuple[PlannedGoal, ...]
    people: People
    kept: Kept
    rows: tuple[PaceRow, ...]
    evidence: Evidence
    notes: tuple[Note, ...] = ()
