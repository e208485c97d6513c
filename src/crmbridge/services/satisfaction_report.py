"""Satisfaction: what is asked, and the answer. Nothing computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

from crmbridge.services.customers_report import CustomersConfig
from crmbridge.services.customers_report import built_in as built_in_customers
from crmbridge.services.results import Evidence, Period, Rate, Unavailable
from crmbridge.services.satisfaction_document import SatisfactionConfig, built_in

By = Literal["owner", "account", "product", "month"]
BYS: tuple[By, ...] = ("owner", "account", "product", "month")
Fault = Literal["NO_TYPE", "UNDATED", "WRONG_SCALE", "OUT_OF_RANGE"]


@dataclass(frozen=True, slots=True)
class SatisfactionRequest:
    """As of when, by which rules, over which days the answers came; `by` makes a row for each of these together.

    Without a period the answers of `window_days` up to the moment count. `owner` (a name, mail address or id) keeps
    the answers about what that user sold or owns; a `viewer` sees the own and those of everybody below.
    """

    as_of: datetime
    config: SatisfactionConfig = field(default_factory=built_in)
    customers: CustomersConfig = field(default_factory=built_in_customers)
    period: Period | None = None
    by: tuple[By, ...] = ()
    owner: str | None = None
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Csat:
    """Satisfied among all, and the mean score; no mean where answers stand on several scales."""

    rate: Rate
    mean: Fraction | None
    is_sufficient: bool


@dataclass(frozen=True, slots=True)
class Nps:
    """Net promoter score, -100 to 100, with its standard error and 95 % interval; None where nobody answered."""

    n: int
    promoters: int
    passives: int
    detractors: int
    value: Fraction | None
    error: float | None
    low: float | None
    high: float | None
    is_sufficient: bool


@dataclass(frozen=True, slots=True)
class Ces:
    """The mean effort score; none where answers stand on several scales."""

    n: int
    mean: Fraction | None
    is_sufficient: bool


@dataclass(frozen=True, slots=True)
class SatisfactionRow:
    """The figures of a slice: `keys` are our ids (or the month), `labels` what people read; None is not known.

    `records` are the ids of the answers behind each figure, of what was asked those of the first question of a wave.
    """

    keys: tuple[str | None, ...]
    labels: tuple[str | None, ...]
    csat: Csat
    nps: Nps
    ces: Ces
    response: Rate | Unavailable
    records: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A score that counts nowhere, and why."""

    id: str
    fault: Fault
    kind: str | None
    score: Fraction
    scale: int | None
    survey: str | None
    who: str | None


@dataclass(frozen=True, slots=True)
class Resting:
    """A contact who was asked lately, and is not to be asked again before a day."""

    id: str
    who: str | None
    account: str | None
    asked_on: date
    again_on: date


@dataclass(frozen=True, slots=True)
class SatisfactionReport:
    """The whole answer; `owners` are those whose records it is about, None is everybody."""

    request: SatisfactionRequest
    period: Period
    whole: SatisfactionRow
    rows: tuple[SatisfactionRow, ...]
    rejected: tuple[Rejected, ...]
    resting: tuple[Resting, ...]
    owners: frozenset[str] | None
    evidence: Evidence
