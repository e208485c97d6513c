"""How customers are ranked, and where each stands: what is asked, by which rules, and the answer. Nothing computes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from crmbridge.model.money import Money
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.results import Amount, Evidence
from crmbridge.services.satisfaction_document import SatisfactionConfig

State = Literal["potential", "active", "loyal", "at_risk", "dormant"]
STATES: tuple[State, ...] = ("loyal", "active", "at_risk", "dormant", "potential")
ValueClass = Literal["A", "B", "C"]
_SHIPPED = "default_customers.toml"

_Days = Annotated[int, Field(ge=0)]
_Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]
_Times = Annotated[Decimal, Field(gt=0, max_digits=10, decimal_places=4)]
_Steps = Annotated[tuple[_Days, ...], Field(min_length=4, max_length=4)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rfm(_Strict):
    """Points for recency, frequency and money: by fifths, or by four steps from the best to the worst."""

    quintiles_from: Annotated[int, Field(ge=1)]
    recency_days: _Steps
    orders: _Steps
    money: Annotated[tuple[_Times, ...], Field(min_length=4, max_length=4)]


class Value(_Strict):
    """The value classes, by the share that those before a customer have of all."""

    a_below: _Share
    b_below: _Share


class Vip(_Strict):
    """Who is a VIP although no flag says so; `amount` in the currency of the figures."""

    amount: Annotated[Decimal, Field(gt=0)] | None = None
    points: Annotated[int, Field(ge=3, le=16)]


class Life(_Strict):
    """When a customer is at risk, dormant, loyal or unhappy."""

    gap_days: Annotated[int, Field(ge=1)]
    gap_days_of: Mapping[str, Annotated[int, Field(ge=1)]]
    own_gap_from: Annotated[int, Field(ge=2)]
    at_risk_gaps: _Times
    dormant_days: _Days
    dormant_gaps: _Times
    loyal_orders: Annotated[int, Field(ge=1)]
    loyal_days: _Days
    unhappy_csat: Decimal
    unhappy_nps: Decimal
    hold_days: _Days


class CustomersConfig(_Strict):
    """The whole document: `customers.toml`, over `default_customers.toml` beside this file."""

    format: Literal[1] = 1
    source: Literal["auto", "orders", "deals"]
    window_days: Annotated[int, Field(ge=1)]
    rfm: Rfm
    value: Value
    vip: Vip
    life: Life


def load_customers(text: str, *, file: str = "customers.toml") -> CustomersConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(CustomersConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> CustomersConfig:
    """What is shipped."""
    return shipped(CustomersConfig, _SHIPPED)


@dataclass(frozen=True, slots=True)
class CustomersRequest:
    """As of when; `currency` keeps only the purchases in it, `limit` the first customers of the list (None: all).

    `explained` asks for the purchases of the customers of the list.
    """

    as_of: datetime
    currency: str | None = None
    state: State | None = None
    limit: int | None = None
    explained: bool = False


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a customer bought: an order, net of what was given back, or a won deal. `amount` None is not known."""

    id: str
    customer: str
    day: date
    amount: Money | None


@dataclass(frozen=True, slots=True)
class Customer:
    """An account as a customer. What the window does not tell is None: no purchase in it, no points.

    `gap_days` is what is expected between two purchases; `was` the state before, where it changed in this run.
    """

    id: str
    external_id: str
    name: str | None
    days_since: int | None
    orders: int | None
    amount: Amount
    recency_points: int | None
    frequency_points: int | None
    money_points: int | None
    value_class: ValueClass | None
    is_vip: bool
    state: State
    gap_days: Fraction
    is_unhappy: bool
    was: State | None

    @property
    def points(self) -> int | None:
        """The three together."""
        parts = (self.recency_points, self.frequency_points, self.money_points)
        return None if None in parts else sum(part for part in parts if part is not None)


@dataclass(frozen=True, slots=True)
class Group:
    """The customers of one state or value class: how many, and what they bought in the window."""

    key: str
    customers: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class Change:
    """A customer that came into another state in this run; `was` is None at first sight."""

    id: str
    was: State | None
    state: State


@dataclass(frozen=True, slots=True)
class CustomersReport:
    """The whole answer. `by_quintiles`: whether points came by fifths; `unplaced` purchases name no customer."""

    request: CustomersRequest
    config: CustomersConfig
    satisfaction: SatisfactionConfig
    currency: str
    source: Literal["orders", "deals"]
    by_quintiles: bool
    customers: Sequence[Customer]
    states: tuple[Group, ...]
    classes: tuple[Group, ...]
    vips: Group
    changes: Sequence[Change]
    unplaced: int
    evidence: Evidence
    purchases: tuple[Purchase, ...] = ()
