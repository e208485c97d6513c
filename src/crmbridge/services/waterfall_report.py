"""What is asked of a pipeline waterfall, and what it answers with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from crmbridge.services.results import Evidence, Unavailable

Step = Literal[
    "opening",
    "new",
    "entered",
    "amount_up",
    "amount_down",
    "amount_known",
    "amount_unknown",
    "reopened",
    "won",
    "lost",
    "void",
    "left",
    "closing",
]
"""The steps of a waterfall in order.

`entered` and `left`: into and out of what is counted without being new or closed: from or to an unmapped stage, another
pipeline, another currency; or first seen after it had begun. `amount_known`: an amount that was unknown before;
`amount_unknown`: one that is unknown now.
"""
STEPS: tuple[Step, ...] = Step.__args__  # type: ignore[attr-defined]
SIGNS: Mapping[Step, int] = {
    "opening": 1,
    "new": 1,
    "entered": 1,
    "amount_up": 1,
    "amount_down": -1,
    "amount_known": 1,
    "amount_unknown": -1,
    "reopened": 1,
    "won": -1,
    "lost": -1,
    "void": -1,
    "left": -1,
}
"""With which sign each step goes into the closing."""
FLOWS: tuple[Step, ...] = ("opening", "new", "entered", "reopened", "won", "lost", "void", "left")
"""The steps in which a deal comes or goes: the rest are changes of amounts."""
ALWAYS: frozenset[Step] = frozenset(
    {"opening", "new", "amount_up", "amount_down", "reopened", "won", "lost", "closing"}
)
"""The steps that are shown even where nothing happened in them."""


@dataclass(frozen=True, slots=True)
class WaterfallRequest:
    """From just after `start` up to and with `end`, two aware instants.

    `by` slices by the owner or the team (org unit) that a deal has now; `owners` and `team` leave only theirs.
    `known_at`: what is told up to that later moment counts, the end itself where it is None.
    """

    start: datetime
    end: datetime
    calendar: str | None = None
    pipeline: str | None = None
    currency: str | None = None
    by: Literal["owner", "team"] | None = None
    owners: frozenset[str] | None = None
    team: str | None = None
    known_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One step: the deals in it, their amounts in 1/10,000, and how many of them have none."""

    step: Step
    e4: int = 0
    unknown: int = 0
    records: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """How many times a deal went through the step."""
        return len(self.records)


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The steps of a slice; `key` None in a slice is what has no owner or team."""

    key: str | None
    lines: Mapping[Step, Line] = field(default_factory=dict)

    def __getitem__(self, step: Step) -> Line:
        """The line of a step."""
        return self.lines.get(step) or Line(step)

    def shown(self) -> Iterator[Line]:
        """The lines in order, without those of rare steps in which nothing happened."""
        return (self[step] for step in STEPS if step in ALWAYS or self[step].n)

    @property
    def is_balanced(self) -> bool:
        """Whether amounts and numbers of deals add up to the closing."""
        amounts = sum(sign * self[step].e4 for step, sign in SIGNS.items())
        deals = sum(SIGNS[step] * self[step].n for step in FLOWS)
        return amounts == self["closing"].e4 and deals == self["closing"].n


@dataclass(frozen=True, slots=True)
class WaterfallReport:
    """The whole answer. `changes`: Unavailable where no source tells of earlier amounts."""

    request: WaterfallRequest
    currency: str
    whole: Waterfall
    slices: tuple[Waterfall, ...]
    evidence: Evidence
    changes: Unavailable | None = None
