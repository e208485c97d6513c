"""How customers are cared for: `care.toml`, over `default_care.toml` beside this file (services.md 11)."""

from collections.abc import Iterator, Mapping
from datetime import time
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from crmbridge.model.birthdays import LeapDay, MonthDay
from crmbridge.model.calendar import QuietHours
from crmbridge.model.calendar.hours import quiet_hours
from crmbridge.services.customers_report import State
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.satisfaction_document import CalendarDays, InDays, Names

_SHIPPED = "default_care.toml"
_Points = Annotated[int, Field(ge=0, le=100)]
_Days = Annotated[int, Field(ge=1, le=3650)]
_Texts = tuple[Annotated[str, Field(min_length=1)], ...]


def _quiet_hours(text: str) -> str:
    quiet_hours(text)
    return text


def _falling(value: tuple[int, ...]) -> tuple[int, ...]:
    if any(later >= earlier for earlier, later in pairwise(value)):
        raise ValueError("the days before the end stand from the most to the fewest, each once")
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Holiday(_Strict):
    """A day in the year (`10-01`), or of the Chinese year (`lunar = "08-15"`), and who is greeted then."""

    names: Names
    day: str | None = None
    lunar: str | None = None
    locales: _Texts = ()
    gift_to: Literal["none", "vip", "everyone"] = "none"
    enabled: bool = True

    @model_validator(mode="after")
    def _has_a_day(self) -> Self:
        if (self.day is None) == (self.lunar is None):
            raise ValueError('a holiday has a day, or one of the Chinese calendar: day = "10-01" or lunar = "08-15"')
        if MonthDay.parse(self.written, is_lunar=self.is_lunar) is None:
            raise ValueError(f"{self.written} is no month and day such as 10-01")
        return self

    @property
    def written(self) -> str:
        """Its day as it is written."""
        return self.day or self.lunar or ""

    @property
    def is_lunar(self) -> bool:
        """Whether it is a day of the Chinese calendar."""
        return self.lunar is not None

    @property
    def falls(self) -> MonthDay:
        """Its day."""
        found = MonthDay.parse(self.written, is_lunar=self.is_lunar)
        assert found is not None  # noqa: S101 - validated
        return found


class Occasions(_Strict):
    """Birthdays and holidays: who is greeted when, and which gift is chosen how long before."""

    enabled: bool
    look_ahead_days: _Days
    gift_lead: Annotated[int, Field(ge=0, le=60)]
    leap_day: LeapDay
    greet_at: time
    quiet: Annotated[str, AfterValidator(_quiet_hours)]
    channel: Literal["email", "call", "im", "sms"]
    locale: str
    birthday: Names
    birthday_of_others: Literal["gift", "greeting", "none"]
    holidays_of: Literal["vip", "customers", "everyone"]
    greeting_title: Names
    gift_title: Names
    complaint_title: Names
    holidays: Mapping[str, Holiday]

    @model_validator(mode="after")
    def _disturbs_nobody(self) -> Self:
        minute, quiet = self.greet_at.hour * 60 + self.greet_at.minute, self.quiet_hours
        begin, end = quiet.start_minute, quiet.end_minute
        if (begin <= minute < end) if begin <= end else (minute >= begin or minute < end):
            raise ValueError("nobody is greeted within the quiet hours")
        return self

    @property
    def quiet_hours(self) -> QuietHours:
        """When nobody is disturbed."""
        return quiet_hours(self.quiet)


class Renewals(_Strict):
    """On which days before the end of a contract somebody is to see to its renewal."""

    enabled: bool
    before: Annotated[tuple[_Days, ...], Field(min_length=1), AfterValidator(_falling)]
    title: Names


class OrderGap(_Strict):
    """More than so many times the usual gap since the last order."""

    times: Annotated[Decimal, Field(gt=0)]
    points: _Points


class Silence(_Strict):
    """So many days without anything in which the customer had a part."""

    days: _Days
    points: _Points


class Plain(_Strict):
    """A reason without a number of its own."""

    points: _Points


class RevenueDrop(_Strict):
    """So many percent less bought in the last twelve months than in the twelve before."""

    percent: Annotated[int, Field(ge=1, le=100)]
    points: _Points


class RenewalUnmet(_Strict):
    """A contract that ends within so many days, and no meeting within the last so many."""

    renewal_days: _Days
    meeting_days: _Days
    points: _Points


class Churn(_Strict):
    """What tells that a customer is about to leave; points add up to 100 at most."""

    medium_from: _Points
    high_from: _Points
    register_from: Literal["high", "medium", "none"]
    dormant: bool
    order_gap: OrderGap
    silence: Silence
    unhappy: Plain
    revenue_drop: RevenueDrop
    renewal_unmet: RenewalUnmet
    complaint: Plain

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.medium_from > self.high_from:
            raise ValueError("medium_from is not above high_from")
        return self


class Gaps(_Strict):
    """Whose gaps between contacts managers see."""

    vip_only: bool


class Offer(_Strict):
    """Something to propose to customers in a state: after a delivery, once in so many days, to the satisfied alone.

    `family`: `once_in` counts what was proposed of the same family; left out, of the offer itself.
    """

    states: Annotated[tuple[State, ...], Field(min_length=1)]
    title: Names
    content: Names | None = None
    tags: _Texts = ()
    csat_from: Annotated[Decimal, Field(gt=0)] | None = None
    after_delivery: CalendarDays | None = None
    catch_up_days: _Days = 30
    once_in: CalendarDays
    family: str | None = None
    unless_open_deal: bool = False
    enabled: bool = True


class Offers(_Strict):
    """What is proposed to whom; of all offers a customer gets one at a time, `apart` from each other."""

    enabled: bool
    apart: CalendarDays
    open_tasks_of_an_owner: Annotated[int, Field(ge=1)]
    kinds: Mapping[str, Offer]

    def standing(self) -> Iterator[tuple[str, Offer]]:
        """The offers that are switched on, those that come first at the head."""
        return ((name, one) for name, one in self.kinds.items() if one.enabled)


class Repeat(_Strict):
    """How repeat purchases and recommendations are counted."""

    window_days: _Days
    referral_channels: _Texts


class CareConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    language: str
    horizon: InDays
    occasions: Occasions
    renewals: Renewals
    churn: Churn
    gaps: Gaps
    offers: Offers
    repeat: Repeat


def load_care(text: str, *, file: str = "care.toml") -> CareConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(CareConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> CareConfig:
    """What is shipped."""
    return shipped(CareConfig, _SHIPPED)
