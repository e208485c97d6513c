"""What data quality asks for: required fields, limits, weights. Shipped as TOML, changed by a company's own file."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from crmbridge.model import phones
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import kind
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.quality_texts import TOPICS

Severity = Literal["error", "warning", "info"]
Count = Annotated[int, Field(ge=0)]
State = Literal["open", "won", "lost"]
_SHIPPED = "default_quality.toml"


def _region(name: str | None) -> str | None:
    if name is not None and not phones.is_region(name):
        raise ValueError("a region is two capital letters such as CN")
    return name


class Required(BaseModel):
    """Fields that must be filled. `a|b` is met by either; `from_rank` and `states` say on which deals."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fields: tuple[str, ...]
    from_rank: Count = 0
    states: tuple[State, ...] = ()


class Stale(BaseModel):
    """After how long without a touch a record is stale, by tier; `other_days` (calendar days) without one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    business_days: Mapping[str, Count] = Field(default_factory=dict)
    days: Mapping[str, Count] = Field(default_factory=dict)
    other_days: Count | None = None


class FirstResponse(BaseModel):
    """How soon a lead is answered, by tier: in working minutes, or in workdays. Without an entry nothing is due."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    minutes: Mapping[str, Count] = Field(default_factory=dict)
    business_days: Mapping[str, Count] = Field(default_factory=dict)
    other_business_days: Count | None = None


class CheckSetting(BaseModel):
    """How much a check weighs in a score, and how bad a failure is. Weight 0 shows it without scoring it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    weight: Count
    severity: Severity
    enabled: bool = True


class QualityConfig(BaseModel):
    """The whole document. `region` is where telephone numbers without a country code are dialled."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1
    region: Annotated[str | None, AfterValidator(_region)] = None
    amount_from_rank: Count
    unassigned_lead_minutes: Count
    logged_late_business_days: Count
    insufficient_below: Count
    free_mail: tuple[str, ...] = ()
    blocking_status: tuple[str, ...] = ()
    required: Mapping[str, tuple[Required, ...]] = Field(default_factory=dict)
    stale: Stale
    first_response: FirstResponse
    checks: Mapping[str, CheckSetting]

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        try:
            for kind_name, rules in self.required.items():
                spec = kind(kind_name)
                for rule in rules:
                    for field in rule.fields:
                        for name in field.split("|"):
                            spec.field(name)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        if unknown := sorted(self.checks.keys() - TOPICS.keys()):
            raise ValueError(f"there is no check {unknown[0]} (did you mean {suggestion(unknown[0], TOPICS)}?)")
        return self


def load_quality(text: str, *, file: str = "quality.toml") -> QualityConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(QualityConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> QualityConfig:
    """What is shipped; `default_quality.toml` beside this file."""
    return shipped(QualityConfig, _SHIPPED)
