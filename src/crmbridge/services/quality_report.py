"""What data quality is asked for and what it answers with; and the score, a sum of shares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.notes import Note
from crmbridge.services.cadence_document import built_in as cadence
from crmbridge.services.duplicates import DuplicateGroup
from crmbridge.services.quality_document import QualityConfig, Severity, built_in
from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.quality_texts import TOPICS, Topic
from crmbridge.services.results import Evidence, Unavailable

WORST = 3
"""How many of somebody's worst checks are shown."""


@dataclass(frozen=True, slots=True)
class QualityRequest:
    """What to judge. `by` gives scores for each owner, team or other slice; `checks` keeps only these, else all.

    `calendar` counts working time; without one, checks of working time are unavailable. `unfilled` says what each
    source cannot supply. `region` is where numbers without a country code are dialled, unless the document says.
    `ask_too` are fields of which it shall be known which sources supply them. `examples` is how many records each
    finding names. A `viewer` sees the own records and those of everybody below;
    `owners` are whose records are judged at all.
    """

    as_of: datetime
    by: str = "owner"
    checks: tuple[str, ...] = ()
    config: QualityConfig = field(default_factory=built_in)
    calendar: Calendar | None = None
    unfilled: Unfilled = field(default_factory=dict)
    region: str | None = None
    ask_too: tuple[str, ...] = ()
    examples: int = 3
    not_connected: Sequence[str] = field(default_factory=lambda: cadence().outcomes.not_connected)
    viewer: str | None = None
    owners: frozenset[str] | None = None

    def __post_init__(self) -> None:
        for name in self.checks:
            if name not in TOPICS:
                choice = suggestion(name, TOPICS)
                raise ConfigError("there is no check {name}", name=name, nearest=choice, hint="did you mean {nearest}?")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records a check applies to, and how many of them fail it."""

    applicable: int
    failed: int

    @property
    def passed(self) -> int:
        """Those that do not fail it."""
        return self.applicable - self.failed

    @property
    def share_failed(self) -> Fraction:
        """The failing share; 0 where it applies to nothing."""
        return Fraction(self.failed, self.applicable) if self.applicable else Fraction(0)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.applicable + other.applicable, self.failed + other.failed)


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one kind. `parts` split the failing records (one may be in several), `examples` name a few.

    `not_judged` records are of sources that cannot tell.
    """

    topic: Topic
    kind: str
    severity: Severity
    weight: int
    tally: Tally
    parts: Mapping[str, int]
    examples: tuple[str, ...]
    not_judged: int = 0


@dataclass(frozen=True, slots=True)
class Unjudged:
    """A check, or a part of one, that the sources of a kind cannot answer; never the same as no failure."""

    check: str
    kind: str
    unavailable: Unavailable


@dataclass(frozen=True, slots=True)
class Score:
    """A coaching figure of one slice: 100 is without fault. `key` None is the slice of the blank ones.

    `n` are the records judged by at least one check; with fewer than `is_enough` asks for, it says nothing. `worst` are
    the checks that cost the most points.
    """

    key: str | None
    label: str
    n: int
    value: Fraction | None
    is_enough: bool
    worst: tuple[tuple[str, Tally], ...]
    tallies: Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class FailingRecord:
    """One record that fails a check; `parts` say in what."""

    check: str
    kind: str
    record_id: str
    subject: str
    title: str | None
    owner: str | None
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What was found, the worst first, what could not be judged, and how the slices stand."""

    request: QualityRequest
    findings: tuple[Finding, ...]
    unjudged: tuple[Unjudged, ...]
    whole: Score
    scores: tuple[Score, ...]
    duplicates: tuple[DuplicateGroup, ...]
    evidence: Evidence

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings with failing records."""
        return tuple(found for found in self.findings if found.tally.failed)


def score(tallies: Mapping[str, Tally], weights: Mapping[str, int]) -> Fraction | None:
    """100 x the weighted mean of the passing shares, over the checks that apply to anything (services.md 13).

    None where no check of any weight applies.
    """
    told = [(weights[name], tally) for name, tally in tallies.items() if tally.applicable and weights[name]]
    total = sum(weight for weight, _ in told)
    if not total:
        return None
    return 100 * sum((weight * Fraction(t.passed, t.applicable) for weight, t in told), Fraction(0)) / total


def worst(
    tallies: Mapping[str, Tally], weights: Mapping[str, int], count: int = WORST
) -> tuple[tuple[str, Tally], ...]:
    """The failing checks that cost the most, by weight x failing share, then by name."""
    failing = [(name, tally) for name, tally in tallies.items() if tally.failed and weights[name]]
    return tuple(sorted(failing, key=lambda one: (-weights[one[0]] * one[1].share_failed, one[0]))[:count])


def added(parts: Iterable[Mapping[str, Tally]]) -> dict[str, Tally]:
    """Tallies re-added check by check: rates are never averaged."""
    made: dict[str, Tally] = {}
    for part in parts:
        for name, tally in part.items():
            made[name] = made.get(name, Tally(0, 0)) + tally
    return made


def ranked(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The worst first: by severity, then by how many fail."""
    order = {"error": 0, "warning": 1, "info": 2}
    return tuple(
        sorted(findings, key=lambda f: (not f.tally.failed, order[f.severity], -f.tally.failed, f.topic.id, f.kind))
    )


def not_available(code: str, template: str, **params: object) -> Unavailable:
    """A reason why a check cannot be answered."""
    return Unavailable(Note(code, template, params))
