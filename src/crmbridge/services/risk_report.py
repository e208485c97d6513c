"""Risk of deals: what is asked, and the answer. Plain frozen values; nothing here computes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from crmbridge.model.notes import Note
from crmbridge.services.cadence_document import built_in as cadence
from crmbridge.services.forecast_report import ForecastConfig
from crmbridge.services.forecast_report import built_in as built_in_forecast
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Amount, Evidence, Period
from crmbridge.services.risk_document import Band, Response, RiskConfig, built_in

Basis = Literal["target", "fifth"]
"""What an impact rests on: the owner's remaining target, or the fifth of the open deals' amounts."""


@dataclass(frozen=True, slots=True)
class RiskRequest:
    """Which deals to look at, as of when; `period` is that of the forecast beside.

    `remaining` is what is left of the target of each owner, by user id, in units of the company's currency; who is not
    in it has no target. `least` is the band from which on deals are listed, `limit` how many (None: all).
    A `viewer` sees the own deals and those of everybody below; `owners` leaves only the deals of some users, by id.
    """

    as_of: datetime
    period: Period
    config: RiskConfig = field(default_factory=built_in)
    forecast: ForecastConfig = field(default_factory=built_in_forecast)
    remaining: Mapping[str, Fraction] = field(default_factory=dict)
    calendar: str | None = None
    unfilled: Unfilled = field(default_factory=dict)
    not_connected: Sequence[str] = field(default_factory=lambda: cadence().outcomes.not_connected)
    owner: str | None = None
    pipeline: str | None = None
    currency: str | None = None
    least: Band = "medium"
    limit: int | None = None
    viewer: str | None = None
    owners: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of one deal: `points` 0 where it does not hold, None where nobody can tell; and why."""

    id: str
    points: int | None
    why: Note


@dataclass(frozen=True, slots=True)
class LossRate:
    """The share of money that is lost at a probability level. `n` closed deals stand behind a calibrated one."""

    level: int
    value: Fraction
    is_calibrated: bool
    n: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class DealRisk:
    """One open deal. Without an amount nobody knows impact, score, band and exposure: they are None.

    `exposure_e4` is exact. `response` is what is proposed, `action` what would be done about its worst signal.
    """

    id: str
    subject: str
    name: str | None
    owner_id: str | None
    owner: str | None
    account_id: str | None
    pipeline: str | None
    stage: str | None
    stage_names: Mapping[str, str]
    expected_close: date | None
    amount_e4: int | None
    currency: str
    signals: tuple[Signal, ...]
    points: int
    probability: int
    impact: int | None
    impact_by: Basis | None
    score: int | None
    band: Band | None
    exposure_e4: Fraction | None
    response: Response
    action: Note | None

    @property
    def hits(self) -> tuple[Signal, ...]:
        """The signals that hold, most points first."""
        return tuple(sorted((s for s in self.signals if s.points), key=lambda s: -(s.points or 0)))

    @property
    def untold(self) -> tuple[Signal, ...]:
        """The signals that nobody can tell."""
        return tuple(s for s in self.signals if s.points is None)


@dataclass(frozen=True, slots=True)
class SignalCount:
    """Of how many open deals a signal holds, does not hold, and cannot be told."""

    id: str
    yes: int
    no: int
    unavailable: int


@dataclass(frozen=True, slots=True)
class BandCount:
    """The open deals of a band (None: without an amount), their money, and what of it is at risk, exact."""

    band: Band | None
    deals: int
    amount: Amount
    exposure_e4: Fraction


@dataclass(frozen=True, slots=True)
class AdjustedForecast:
    """The forecast of the period, and beside it the same less what is lost at each deal's level. Exact, in 1/10,000.

    Deals without signals are not adjusted; `unweighted` deals have no chance that anybody knows and are in neither.
    """

    period: Period
    currency: str
    closed: Amount
    weighted_e4: Fraction
    adjusted_e4: Fraction
    deals: int
    adjusted_deals: int
    unweighted: int


@dataclass(frozen=True, slots=True)
class RiskReport:
    """The deals at risk, the worst first, and how all open deals stand; `deals` may be the first of `n` alone."""

    request: RiskRequest
    currency: str
    deals: tuple[DealRisk, ...]
    n: int
    signals: tuple[SignalCount, ...]
    bands: tuple[BandCount, ...]
    loss_rates: tuple[LossRate, ...]
    forecast: AdjustedForecast
    evidence: Evidence
