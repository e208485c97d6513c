"""Who may give which discount and what follows from a quote: `quotes.toml` over `default_quotes.toml` beside it."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from crmbridge.model.calendar.intervals import Interval, WrittenInterval
from crmbridge.model.names import name_key
from crmbridge.services.defaults import overlaid, shipped

Ending = Literal["trial_ends", "valid_until"]
ENDINGS: tuple[Ending, ...] = get_args(Ending)
"""The days of a quote before which a customer is called."""
_SHIPPED = "default_quotes.toml"


def _in_days(value: Interval) -> Interval:
    if value.unit == "bh":
        raise ValueError("days (7d) or workdays (1bd) are asked for, no hours")
    return value


InDays = Annotated[WrittenInterval, AfterValidator(_in_days)]
Share = Annotated[Decimal, Field(ge=0, le=1)]
Texts = Annotated[Mapping[str, str], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Role(_Strict):
    """What the CRM calls a role, and the share of the list price that it may take off alone."""

    share: Share
    words: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]


class Authority(_Strict):
    """The largest discount by role; `others` for everybody whose role has none of its own."""

    others: Share
    roles: Mapping[str, Role]

    @model_validator(mode="after")
    def _each_word_once(self) -> Self:
        seen: dict[str, str] = {}
        for name, word in ((name, word) for name, role in self.roles.items() for word in role.words):
            if seen.setdefault(name_key(word), name) != name:
                raise ValueError(f"{word} is a word of {seen[name_key(word)]} and of {name}")
        return self

    def of(self, role: str | None) -> Decimal:
        """The share of a role as the CRM calls it."""
        wanted = name_key(role or "")
        return next(
            (one.share for name, one in self.roles.items() if wanted and wanted in map(name_key, (name, *one.words))),
            self.others,
        )


class Approval(_Strict):
    """The task that asks for a larger discount."""

    enabled: bool
    within: InDays
    title: Texts


class Call(_Strict):
    """A call so long before a day of the quote."""

    enabled: bool
    before: InDays
    title: Texts


class Calls(_Strict):
    """The calls, each made once it is due within the horizon."""

    horizon: InDays
    trial_ends: Call
    valid_until: Call

    def entries(self) -> Iterator[tuple[Ending, Call]]:
        """The calls that are switched on, by the day that they come before."""
        return ((name, call) for name in ENDINGS if (call := getattr(self, name)).enabled)


class TemplateNotice(_Strict):
    """What somebody is told who sends a quote made of an old template."""

    enabled: bool
    text: Texts


class PriceList(_Strict):
    """Whether the prices of products count where a line has a lower one."""

    enabled: bool


class QuotesConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    language: str
    authority: Authority
    approval: Approval
    calls: Calls
    templates: Mapping[str, str]
    template_notice: TemplateNotice
    price_list: PriceList

    def current_version(self, template: str | None) -> str | None:
        """The version of a template that is in use; None for one that the document does not name."""
        wanted = name_key(template or "")
        return next((version for name, version in self.templates.items() if wanted and name_key(name) == wanted), None)


def load_quotes(text: str, *, file: str = "quotes.toml") -> QuotesConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(QuotesConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> QuotesConfig:
    """What is shipped."""
    return shipped(QuotesConfig, _SHIPPED)
