"""How leads and deals are scored and tiered, and how a tier is treated: `scores.toml` over `default_scores.toml`.

The tiers of this document are the tier table of `services.md` 5: first response, cadence, owner, extras. Whoever needs
to know how a tier is treated asks `ScoresConfig.tier`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model import documents
from crmbridge.model.calendar.intervals import WrittenInterval
from crmbridge.model.documents import TomlText, refused, unknown
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.kpi_conditions import compared
from crmbridge.services.kpi_document import Condition
from crmbridge.services.measures import as_number, measure

ScoredKind = Literal["lead", "deal", "contact"]
Part = Literal["fit", "engagement", "intent"]
PARTS: tuple[Part, ...] = ("fit", "engagement", "intent")
DISQUALIFIED = "X"
"""The tier of whoever must not be approached; it has no entry in the tier table."""

_SHIPPED = "default_scores.toml"
_Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
_Points = Annotated[Decimal, Field(ge=-1000, le=1000, max_digits=8, decimal_places=4)]
_Share = Annotated[Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4)]
_Weight = Annotated[Decimal, Field(ge=0, le=1000, max_digits=8, decimal_places=4)]
_Count = Annotated[int, Field(ge=1)]
_Level = Literal["senior", "standard", "junior", "automation"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Strict):
    """Conditions that must all hold, and what people read of it."""

    names: Mapping[str, str] = Field(default_factory=dict)
    where: tuple[Condition, ...] = Field(min_length=1)
    enabled: bool = True


class FitRule(Rule):
    """Points for what a record is; they may be negative."""

    points: _Points


class EngagementRule(Rule):
    """Points for each thing that the customer did, halved every `half_life_days` (never, where it is left out).

    `max_count` keeps the newest of them; what the rules of a `group` count together has a cap.
    """

    points: _Points
    half_life_days: Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=2)] | None = None
    max_count: _Count | None = None
    group: _Name | None = None


class Engagement(_Strict):
    """The rules by name, and the most that each group counts."""

    caps: Mapping[_Name, Annotated[Decimal, Field(ge=0, le=100, max_digits=8, decimal_places=4)]]
    rules: Mapping[_Name, EngagementRule]


class Weights(_Strict):
    """How much each part counts in the score."""

    fit: _Weight
    engagement: _Weight
    intent: _Weight

    @model_validator(mode="after")
    def _something_counts(self) -> Self:
        if not self.fit + self.engagement + self.intent:
            raise ValueError("a score needs a weight above 0")
        return self


class Tier(_Strict):
    """The score from which on a tier is entered, and how a record of the tier is treated.

    A touch is due every `touch_every`, and no later than `touch_within` where that is given. `first_channel` is how it
    is approached first; after `pool_after` without a touch it goes to the pool.
    """

    enter: Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
    intent_coverage: _Share = Decimal(0)
    first_response: WrittenInterval | None = None
    touch_every: WrittenInterval | None = None
    touch_within: WrittenInterval | None = None
    owner_levels: tuple[_Level, ...] = ()
    first_channel: str | None = None
    is_nurture: bool = False
    manager_sees_daily: bool = False
    pool_after: WrittenInterval | None = None


class Hysteresis(_Strict):
    """What keeps a tier: a score at most `band` below its entry, and the days after a change."""

    band: Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)]
    hold_days: Annotated[int, Field(ge=0)]


class Pin(_Strict):
    """A tier that a person fixed for a record (`connection:id`) up to the end of a day."""

    record: str
    tier: str
    until: date


class ScoresConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    kinds: tuple[ScoredKind, ...]
    method: Literal["weighted", "geometric"]
    weights: Weights
    fit: Mapping[ScoredKind, Mapping[_Name, FitRule]]
    engagement: Engagement
    intent: Mapping[ScoredKind, Mapping[str, _Weight]]
    disqualify: Mapping[ScoredKind, Mapping[_Name, Rule]]
    tiers: Mapping[_Name, Tier]
    hysteresis: Hysteresis
    pins: tuple[Pin, ...] = ()

    def tier(self, name: str | None) -> Tier | None:
        """How a record of that tier is treated; None for X, for no tier, and for one that nobody described."""
        return None if name is None else self.tiers.get(name)

    @property
    def ranked(self) -> tuple[tuple[str, Tier], ...]:
        """The tiers with their names, the best first."""
        return tuple(sorted(self.tiers.items(), key=lambda item: -item[1].enter))

    def fit_rules(self, kind: ScoredKind) -> Mapping[str, FitRule]:
        """The rules that are switched on, in the order of the document."""
        return {name: rule for name, rule in self.fit.get(kind, {}).items() if rule.enabled}

    def disqualifiers(self, kind: ScoredKind) -> Mapping[str, Rule]:
        """What gives tier X, where switched on."""
        return {name: rule for name, rule in self.disqualify.get(kind, {}).items() if rule.enabled}

    @property
    def engagement_rules(self) -> Mapping[str, EngagementRule]:
        """The rules that are switched on, in the order of the document."""
        return {name: rule for name, rule in self.engagement.rules.items() if rule.enabled}


def load_scores(text: str, *, file: str = "scores.toml") -> ScoresConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    config = overlaid(ScoresConfig, _SHIPPED, text, file=file)
    if problems := list(_problems(config, documents.parse(text, file))):
        raise ConfigErrors(problems)
    return config


@cache
def built_in() -> ScoresConfig:
    """What is shipped."""
    return shipped(ScoresConfig, _SHIPPED)


def _problems(config: ScoresConfig, document: TomlText) -> Iterator[ConfigError]:
    """What no single key shows: fields that a kind lacks, names that nothing bears, tiers that do not fit together."""
    yield from _of_conditions(config, document)
    for kind, weights in config.intent.items():
        for field in weights:
            yield from _of_criterion(document, kind, field)
    for name, rule in config.engagement.rules.items():
        if rule.group is not None and rule.group not in config.engagement.caps:
            yield unknown(document, ("engagement", "rules", name, "group"), rule.group, config.engagement.caps)
    for place, pin in enumerate(config.pins):
        if pin.tier not in config.tiers:
            yield unknown(document, ("pins", place, "tier"), pin.tier, config.tiers)
    entries = [tier.enter for tier in config.tiers.values()]
    if not entries or min(entries) > 0:
        yield refused(document, "one tier must be entered from 0 on", ("tiers",))
    if len(set(entries)) < len(entries):
        yield refused(document, "two tiers are entered at the same score", ("tiers",))
    if DISQUALIFIED in config.tiers:
        yield refused(document, "X is the tier of the disqualified, and has no entry", ("tiers", DISQUALIFIED))


def _of_conditions(config: ScoresConfig, document: TomlText) -> Iterator[ConfigError]:
    """Fields that cannot be compared so."""
    rules: list[tuple[documents.Path, str, Rule]] = [
        (("engagement", "rules", name), "activity", rule) for name, rule in config.engagement.rules.items()
    ]
    for part, found in (("fit", config.fit), ("disqualify", config.disqualify)):
        rules += [((part, kind, name), kind, rule) for kind, own in found.items() for name, rule in own.items()]
    for path, kind, rule in rules:
        for condition in rule.where:
            try:
                compared(kind, condition, "c")
            except ConfigError as error:
                yield refused(document, str(error), (*path, "where"))


def _of_criterion(document: TomlText, kind: str, field: str) -> Iterator[ConfigError]:
    try:
        if as_number(measure(kind, field)).type != "number":
            yield refused(document, "a criterion goes from 0 to 3", ("intent", kind, field))
    except ConfigError as error:
        yield refused(document, str(error), ("intent", kind, field))
