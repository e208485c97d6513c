"""What a `goals.toml` declares: goals, metrics, how they are followed; over `default_goals.toml` beside this file."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model import documents
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.fiscal import WeekRule
from crmbridge.services.goals import Method, OrgMethod
from crmbridge.services.kpi_document import Condition

_SHIPPED = "default_goals.toml"
_Share = Annotated[Decimal, Field(gt=0, le=100, max_digits=6, decimal_places=4)]
_Days = Annotated[int, Field(ge=0, le=250)]
SplitLevel = Literal["quarter", "month"]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MetricSpec(_Strict):
    """A metric: a KPI of the records, or a unit and a direction for figures out of a file."""

    kpi: str | None = None
    unit: Literal["money", "count", "rate"] | None = None
    direction: Literal["up", "down"] | None = None
    by: str | None = None
    names: Mapping[str, str] = Field(default_factory=dict)
    words: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _kpi_goes_first(cls, data: object) -> object:
        """A company that names a KPI for a metric of the file need not take the shipped unit away."""
        if isinstance(data, dict) and data.get("kpi"):
            return {key: value for key, value in data.items() if key not in {"unit", "direction"}}
        return data

    @model_validator(mode="after")
    def _has_a_source(self) -> Self:
        if self.kpi is None and (self.unit is None or self.direction is None):
            raise ValueError("a metric names a KPI, or a unit and a direction for figures of the file")
        return self


class Receiver(_Strict):
    """Who has a share of a goal: a user by name, address or id, or a team of receivers; `target` of a manual split."""

    name: str
    weight: Annotated[Decimal, Field(ge=0)] = Decimal(1)
    history: Annotated[Decimal, Field(ge=0)] = Decimal(0)
    target: str | None = None
    leave: tuple[date, ...] = ()
    members: tuple["Receiver", ...] = ()


class OrgSpec(_Strict):
    """How a goal is split over people: those of the org tree, or the `receivers` that are named."""

    method: OrgMethod = "even"
    receivers: tuple[Receiver, ...] = ()


class TimeSpec(_Strict):
    """How a goal is split over time; `values` are twelve months or four quarters. Below months it goes by workdays."""

    method: Method = "even"
    levels: tuple[SplitLevel, ...] = ("quarter", "month")
    values: tuple[str, ...] = ()
    spread: bool = False
    rule: WeekRule = "days"


class Step(_Strict):
    """Something to be done for a goal by a day; `done` is the day on which it was."""

    title: str
    due: date
    owner: str | None = None
    done: date | None = None


class GoalEntry(_Strict):
    """One goal as a person writes it down. Amounts are texts, exact to the cent."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")]
    metric: str
    period: str
    target: str
    names: Mapping[str, str] = Field(default_factory=dict)
    baseline: str | None = None
    node: str = "company"
    owner: str | None = None
    currency: Annotated[str | None, Field(pattern="^[A-Z]{3}$")] = None
    direction: Literal["up", "down"] | None = None
    parent: str | None = None
    strategy: str | None = None
    where: tuple[Condition, ...] = ()
    checks: tuple[date, ...] = ()
    org: OrgSpec | None = None
    time: TimeSpec = TimeSpec()
    steps: tuple[Step, ...] = ()


class OrgRules(_Strict):
    """Who of the org tree has a share."""

    managers: bool


class PaceRules(_Strict):
    """From which pace on a row is green, and amber."""

    green: _Share
    amber: _Share


class Alerts(_Strict):
    """Whether and when somebody is told that a goal is behind."""

    enabled: bool
    below: _Share
    after_workdays: _Days


class Consent(_Strict):
    """Whether and when those who have not agreed are reminded."""

    enabled: bool
    after_workdays: _Days


class WeeklyCheck(_Strict):
    """Whether the result of each week is kept."""

    enabled: bool


class Lint(_Strict):
    """From which ratio on a target is ambitious, and unlikely; verbs that say nothing alone."""

    ambitious: _Share
    unlikely: _Share
    vague: tuple[str, ...]


class GoalTexts(_Strict):
    """What people are told, by language; `{goal}`, `{node}`, `{pace}`, `{gap}`, `{target}`, `{period}`, `{day}`."""

    language: Literal["en", "zh"]
    behind: Mapping[str, str]
    agree: Mapping[str, str]

    @model_validator(mode="after")
    def _spoken(self) -> Self:
        for text in (*self.behind.values(), *self.agree.values()):
            try:
                text.format(goal="", node="", pace="", gap="", target="", period="", day="")
            except (LookupError, ValueError) as error:
                raise ValueError(
                    "only {goal}, {node}, {pace}, {gap}, {target}, {period}, {day} can stand in"
                ) from error
        if self.language not in self.behind or self.language not in self.agree:
            raise ValueError("a text in the language that is spoken is missing")
        return self


class GoalsConfig(_Strict):
    """The whole document."""

    format: Literal[1] = 1
    figures: str
    goals: tuple[GoalEntry, ...] = ()
    org: OrgRules
    pace: PaceRules
    alerts: Alerts
    consent: Consent
    weekly_check: WeeklyCheck
    lint: Lint
    metrics: Mapping[str, MetricSpec]
    texts: GoalTexts


def load_goals(text: str, *, file: str = "goals.toml") -> GoalsConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    found = overlaid(GoalsConfig, _SHIPPED, text, file=file)
    if wrong := list(_problems(documents.parse(text, file), found)):
        raise ConfigErrors(wrong)
    return found


@cache
def built_in() -> GoalsConfig:
    """What is shipped: no goals."""
    return shipped(GoalsConfig, _SHIPPED)


def _problems(document: documents.TomlText, found: GoalsConfig) -> Iterator[ConfigError]:
    """Goals of one id, and parents that are no goal."""
    ids = [goal.id for goal in found.goals]
    for place, goal in enumerate(found.goals):
        if goal.id in ids[:place]:
            yield documents.refused(document, "there is a goal of that id already", ("goals", place, "id"))
        if goal.parent is not None and (goal.parent not in ids or goal.parent == goal.id):
            others = [one for one in ids if one != goal.id]
            yield documents.unknown(document, ("goals", place, "parent"), goal.parent, others)
