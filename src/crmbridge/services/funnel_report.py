"""What a funnel is asked for and what it answers with. Plain frozen values; nothing here computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from crmbridge.model.money import Money, from_e4
from crmbridge.services.bottlenecks import Bottleneck
from crmbridge.services.losses import Loss
from crmbridge.services.results import (
    Amount,
    Durations,
    Evidence,
    Known,
    MoneyRate,
    Period,
    Rate,
    Unavailable,
    View,
)
from crmbridge.services.verdicts import SegmentVerdict

NO_DECISION = frozenset({"no_decision", "no-decision", "no decision", "未决策", "无决策", "未做决定", "暂不决策"})
"""Reasons, in lower case, that say the customer decided for nobody."""


@dataclass(frozen=True, slots=True)
class FunnelRequest:
    """What to count. `window` asks what closed in a period, `cohort` what became of deals created in one; never both.

    `known` "then" looks from the end of the window instead of `as_of`. `currency` keeps only the deals with amounts in
    it (and those without one); `pipeline` only one pipeline's, `owners` only the deals and leads of these users.
    `dwell` False leaves out the time in stage, which takes longer than all other figures of stages.
    """

    as_of: datetime
    window: Period | None = None
    cohort: Period | None = None
    by: str | None = None
    known: Known = "now"
    n_min: int = 20
    baselines: Mapping[str, Fraction] | None = None
    dwell_baselines: Mapping[str, float] | None = None
    qualified_from: str | None = None
    no_decision: frozenset[str] = NO_DECISION
    calendar: str | None = None
    pipeline: str | None = None
    currency: str | None = None
    owners: frozenset[str] | None = None
    dwell: bool = True

    @property
    def view(self) -> View:
        """Which of the two views, or everything."""
        return "snapshot" if self.window else "cohort" if self.cohort else "all"

    @property
    def period(self) -> Period | None:
        """The window or the cohort's period."""
        return self.window or self.cohort


@dataclass(frozen=True, slots=True)
class CohortRates:
    """What became of the deals created in the period: won of all, won of the decided, and how many are still open."""

    to_date: Rate
    resolved: Rate
    open: Rate


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """The figures of one slice, or of the whole. `key` None is the row of records whose slice is unknown.

    `total` = won + lost + open + void + unknown; `no_decision` is part of `lost`. `win_rate` is narrow (lost without
    no_decision). `velocity_e4` is money per day in 1/10,000. `undated` closings lie in no period.
    """

    key: str | None
    label: str
    total: int
    won: int
    lost: int
    no_decision: int
    open: int
    void: int
    unknown: int
    undated: int
    in_play: int
    win_rate: Rate
    win_rate_broad: Rate | Unavailable
    win_rate_value: MoneyRate
    won_amount: Amount
    lost_amount: Amount
    open_amount: Amount
    unknown_amount: Amount
    cycle: Durations
    cycle_gross: Durations
    lost_cycle: Durations
    velocity_e4: Fraction | None
    cohort: CohortRates | None
    leads: int | None
    lead_conversion: Rate | Unavailable
    is_whole: bool = False

    @property
    def is_unknown(self) -> bool:
        """Whether this is the row of the records whose slice is blank."""
        return self.key is None and not self.is_whole

    @property
    def velocity(self) -> Money | None:
        """Money per day, rounded once."""
        if self.velocity_e4 is None:
            return None
        return Money(from_e4(self.velocity_e4, self.won_amount.currency), self.won_amount.currency)


@dataclass(frozen=True, slots=True)
class StageRow:
    """One open stage of a pipeline. `reached - reached_next - open_at - lost_at` is always zero.

    `now` are the deals standing in it; `open_at` those open ones that got no further (they may stand elsewhere).
    `dwell` is over the deals that have left it; `dwell_in_unit` is the median in the SLA's own unit. A rate or time
    that the histories do not allow is `Unavailable`.
    """

    pipeline: str
    stage: str
    names: Mapping[str, str]
    rank: int
    next_stage: str
    reached: int | Unavailable
    reached_next: int | Unavailable
    open_at: int | Unavailable
    lost_at: int | Unavailable
    lost_amount: Amount
    to_date: Rate | Unavailable
    mature: Rate | Unavailable
    leakage: Rate | Unavailable
    now: int
    now_amount: Amount
    left: int
    dwell: Durations | Unavailable
    dwell_in_unit: float | None
    sla_days: int | None
    sla_unit: str
    is_over_sla: bool | None
    open_age: Durations
    stalled: int
    on_hold: int


@dataclass(frozen=True, slots=True)
class FurthestUnknown:
    """The deals of a pipeline that count in no stage row, because nobody knows how far they got."""

    pipeline: str | None
    open: int
    lost: int


@dataclass(frozen=True, slots=True)
class FunnelReport:
    """The whole answer. `history` counts deals by how much of their history is known, `moves` by kind of move."""

    request: FunnelRequest
    currency: str
    whole: FunnelRow
    slices: tuple[FunnelRow, ...]
    stages: tuple[StageRow, ...]
    furthest_unknown: tuple[FurthestUnknown, ...]
    verdicts: tuple[SegmentVerdict, ...]
    bottlenecks: Mapping[str, tuple[Bottleneck, ...]]
    evidence: Evidence
    history: Mapping[str, int] = field(default_factory=dict)
    moves: Mapping[str, int] = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()

    @property
    def rows(self) -> tuple[FunnelRow, ...]:
        """The whole first, then the slices."""
        return self.whole, *self.slices
