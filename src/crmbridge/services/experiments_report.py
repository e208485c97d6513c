"""What an experiment stands at: its arms, whether it may be judged yet, and what was decided about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from crmbridge.model.notes import Note
from crmbridge.services.comparison import RateChange, Verdict
from crmbridge.services.experiment import Arm
from crmbridge.services.experiments_document import Experiment
from crmbridge.services.kpi_document import Kpi
from crmbridge.services.results import Evidence

State = Literal["planned", "running", "ended", "too_few"]
Choice = Literal["adopt", "drop", "extend"]
Counted = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """One arm: how many records are in it, and the ids of those that the metric is measured over and that it counts."""

    assigned: int = 0
    measured: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()

    @property
    def pair(self) -> Counted:
        """k of n."""
        return len(self.counted), len(self.measured)


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided on a day, with the numbers of that moment. `until` is the new end where it goes on.

    `verdict` None: it could not be judged yet, or not at all. `planned` is how many records each arm was to have.
    """

    choice: Choice
    on: date
    by: str
    reason: str
    metric: str
    control: Counted
    treatment: Counted
    planned: int
    verdict: Verdict | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One experiment. `end` is the first day that is not counted, as last extended.

    `result` None: no verdict, for it `waits_for` more records or its end, or the source cannot tell (`unavailable`).
    """

    id: str
    plan: Experiment
    kpi: Kpi
    state: State
    end: date
    arms: Mapping[Arm, ArmFigures]
    result: RateChange | None
    waits_for: Literal["records", "end"] | None
    decisions: tuple[Decision, ...] = ()
    unavailable: Note | None = None

    @property
    def decision(self) -> Decision | None:
        """What was decided last."""
        return self.decisions[-1] if self.decisions else None

    @property
    def is_decided(self) -> bool:
        """Whether it is over: adopted or dropped."""
        return self.decision is not None and self.decision.choice != "extend"


@dataclass(frozen=True, slots=True)
class ExperimentsReport:
    """Every experiment of a company, the earliest first."""

    as_of: datetime
    standings: tuple[Standing, ...]
    evidence: Evidence
