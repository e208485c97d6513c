"""Process compliance: what is looked at, what is asked, and the answer. Plain values; nothing here computes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from functools import cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crmbridge.model.errors import suggestion
from crmbridge.services.defaults import overlaid, shipped
from crmbridge.services.duplicates import DuplicateGroup
from crmbridge.services.gate_audit import Unjudgeable
from crmbridge.services.quality_report import QualityReport, QualityRequest
from crmbridge.services.quality_texts import TOPICS
from crmbridge.services.results import Evidence, Period, Rate, Unavailable

By = Literal["owner", "team", "stage"]
Audited = Literal["gate", "skip", "regress", "reopen", "correction", "logged_late"]
AUDITED: tuple[Audited, ...] = ("gate", "skip", "regress", "reopen", "correction", "logged_late")
"""What a process audit counts: gates passed unmet, stages passed over, steps back, closed deals reopened, won and lost
exchanged, touches logged late."""
_SHIPPED = "default_compliance.toml"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FixTasks(_Strict):
    """Tasks for records that fail a check: of which checks, due within how many workdays, and what they are called."""

    enabled: bool
    checks: tuple[str, ...]
    within: Annotated[int, Field(ge=0)]
    most: Annotated[int, Field(ge=1)]
    language: Literal["en", "zh"]
    title: Mapping[str, str]


class ComplianceConfig(_Strict):
    """The whole document: `compliance.toml`, over `default_compliance.toml` beside this file."""

    format: Literal[1] = 1
    checks: Annotated[tuple[str, ...], Field(min_length=1)]
    adoption_days: Annotated[int, Field(ge=1)]
    tasks: FixTasks

    @model_validator(mode="after")
    def _checks_are_known(self) -> Self:
        for name in (*self.checks, *self.tasks.checks):
            if name not in TOPICS:
                raise ValueError(f"there is no check {name} (did you mean {suggestion(name, TOPICS)}?)")
        return self


def load_compliance(text: str, *, file: str = "compliance.toml") -> ComplianceConfig:
    """A company's document over the shipped one; ConfigErrors naming every problem with file, line, nearest choice."""
    return overlaid(ComplianceConfig, _SHIPPED, text, file=file)


@cache
def built_in() -> ComplianceConfig:
    """What is shipped."""
    return shipped(ComplianceConfig, _SHIPPED)


@dataclass(frozen=True, slots=True)
class ComplianceRequest:
    """`quality` says by what records are judged and by what they are sliced; `period` is that of the process audit."""

    quality: QualityRequest
    period: Period
    config: ComplianceConfig

    @property
    def as_of(self) -> datetime:
        """The moment of all figures."""
        return self.quality.as_of


@dataclass(frozen=True, slots=True)
class Counted:
    """One check in one slice: pass and fail by slice add up to the company's."""

    check: str
    slice: str
    key: str | None
    rate: Rate


@dataclass(frozen=True, slots=True)
class StageLimit:
    """The open deals of an owner in a stage, against its time limit; `over` of `timed`, by `breach` units at most.

    `role` is who answers for the stage. `unknown`: nobody knows since when they are there.
    """

    pipeline: str
    stage: str
    role: str | None
    owner_id: str | None
    owner: str | None
    limit: int
    unit: str
    deals: int
    timed: int
    over: int
    breach: int | None
    breach_sum: int
    records: tuple[str, ...]

    @property
    def unknown(self) -> int:
        """The deals whose age nobody knows."""
        return self.deals - self.timed


@dataclass(frozen=True, slots=True)
class StageClaim:
    """A deal that is recorded in a stage which its criteria do not support; `lacks` what the first unmet stages ask."""

    id: str
    name: str | None
    owner_id: str | None
    owner: str | None
    pipeline: str
    stage: str
    supported: str
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditRow:
    """How often something happened in the period that the process does not foresee, and in which records.

    `events` is None where no source tells; `unavailable` says why.
    """

    what: Audited
    events: int | None
    records: tuple[str, ...]
    unavailable: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class Adoption:
    """How a rep uses the system: open deals with a next step, touches in the last days, with a result and in time.

    Only records whose source can tell stand in a rate.
    """

    owner_id: str | None
    owner: str | None
    next_steps: Rate
    touches: int
    results: Rate
    in_time: Rate


@dataclass(frozen=True, slots=True)
class SharedPerson:
    """One person (or company) that several reps own at once: records that are certainly one."""

    group: DuplicateGroup
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComplianceReport:
    """How the agreed way of working is kept: scores, every finding by slice, time limits, stages, audit, ownership."""

    request: ComplianceRequest
    quality: QualityReport
    counts: tuple[Counted, ...]
    limits: tuple[StageLimit, ...]
    claims: tuple[StageClaim, ...]
    judged: int
    audit: tuple[AuditRow, ...]
    adoption: tuple[Adoption, ...]
    shared: tuple[SharedPerson, ...]
    unjudgeable: tuple[Unjudgeable, ...]
    evidence: Evidence

    def score(self, key: str | None) -> Fraction | None:
        """The score of a slice; None where there is none, or too few records for one."""
        found = next((one for one in self.quality.scores if one.key == key), None)
        return None if found is None or not found.is_enough else found.value
