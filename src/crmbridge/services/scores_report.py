"""How leads and deals are scored: what is asked, and the answer. Nothing computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from crmbridge.services.quality_supply import Unfilled
from crmbridge.services.results import Evidence, Known, Unavailable
from crmbridge.services.scores_document import Part, ScoredKind

Why = Literal[
    "first",
    "same",
    "promoted",
    "demoted",
    "within_band",
    "within_hold",
    "pinned",
    "disqualified",
    "qualified_again",
    "no_score",
]
"""Why a record has its tier: it came there now (`first`, `promoted`, `demoted`, `qualified_again`), or it stays.

`within_band` and `within_hold` say that its score alone would give a lower one; `no_score` that nothing is known.
"""


@dataclass(frozen=True, slots=True)
class ScoresRequest:
    """As of when, and which of the records are told; tiers are worked out for all of them.

    `known="then"` leaves out what was logged later. `owner` is a name, mail address or id. `limit`: the first ones
    (None: all). `explained` adds what each score is made of, `with_changes` who came into another tier. `unfilled` is
    what mappings say that they cannot fill. A `viewer` sees the own records and those of everybody below.
    """

    as_of: datetime
    known: Known = "now"
    kind: ScoredKind | None = None
    tier: str | None = None
    owner: str | None = None
    limit: int | None = None
    explained: bool = False
    with_changes: bool = True
    unfilled: Unfilled = field(default_factory=dict)
    viewer: str | None = None


@dataclass(frozen=True, slots=True)
class Contribution:
    """One row of an explanation: `raw` times `factor` is what it adds to the score; all of them sum to it exactly.

    A criterion that is not known has a row too: its `raw` is None, and it adds nothing.

    `rule` is a rule or criterion of the document, `clamp` (a part lies between 0 and 100), `cap` (of the group `about`)
    or `geometric`; of an event, `about` is the id of the activity and `at` its moment.
    """

    part: Part | Literal["score"]
    rule: str
    raw: Fraction | None
    factor: Fraction
    names: Mapping[str, str] = field(default_factory=dict)
    about: str | None = None
    at: datetime | None = None

    @property
    def contribution(self) -> Fraction:
        """What it adds."""
        return Fraction(0) if self.raw is None else self.raw * self.factor


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """A record with its score. A part about which nothing is known is None, and so is a score without any part.

    `coverage` is the share of intent that is known. `raw_tier` is what the score alone would give; `was` the tier of
    the last run, which began at `since`. `disqualifier` is the rule that gave tier X.
    """

    kind: ScoredKind
    id: str
    name: str
    owner: str | None
    score: Fraction | None
    fit: Fraction | None
    engagement: Fraction | None
    intent: Fraction | None
    coverage: Fraction
    tier: str | None
    raw_tier: str | None
    was: str | None
    since: datetime | None
    why: Why
    disqualifier: str | None
    explanation: tuple[Contribution, ...] = ()


@dataclass(frozen=True, slots=True)
class TierGroup:
    """How many records of a kind have a tier; None: of how many it is unknown."""

    kind: ScoredKind
    tier: str | None
    records: int


@dataclass(frozen=True, slots=True)
class TierChange:
    """A record that came into another tier in this run; `was` is None at first sight."""

    id: str
    was: str | None
    tier: str
    score: Fraction | None
    why: Why


@dataclass(frozen=True, slots=True)
class PartUnavailable:
    """A part of the score that the source of `records` of a kind cannot give."""

    kind: ScoredKind
    part: Part
    records: int
    unavailable: Unavailable


@dataclass(frozen=True, slots=True)
class ScoresReport:
    """The whole answer."""

    request: ScoresRequest
    cards: tuple[ScoreCard, ...]
    groups: tuple[TierGroup, ...]
    changes: tuple[TierChange, ...]
    unavailable: tuple[PartUnavailable, ...]
    evidence: Evidence
