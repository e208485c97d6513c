"""What a job has done: part by part, each kept as a step of its run; a part that fails stops no other."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from crmbridge.ledger.runs import Step
from crmbridge.model.errors import CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge.sync.outcome import worst

JOB = "job"
"""The part of a step that is no reading: what a job has worked out, written or copied."""


@dataclass(slots=True)
class Part:
    """One thing that a job does: how much it has `written`, what it has to say, and how it ends."""

    written: int = 0
    notices: list[Note] = field(default_factory=list)
    exit_code: int = 0


@dataclass(slots=True)
class Parts:
    """The parts of a job so far. `now_us` is the clock of its run.

    `again_us` is when a run makes sense before the next one comes due, although nothing failed.
    """

    now_us: Callable[[], int]
    steps: list[Step] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    failures: list[CrmBridgeError] = field(default_factory=list)
    again_us: int | None = None

    @property
    def exit_code(self) -> int:
        """The code that needs a person most."""
        return worst(self.codes)

    def later(self, us: int | None) -> None:
        """Something is left to be done then; nothing where it is None."""
        if us is not None:
            self.again_us = us if self.again_us is None else min(self.again_us, us)

    def ended(self, exit_code: int, notices: Sequence[Note] = (), error: CrmBridgeError | None = None) -> None:
        """Something ended so that keeps its steps itself, a reading or a writing; `notices` are kept in one more."""
        self.codes.append(exit_code)
        self.failures += [] if error is None else [error]
        if notices:
            self._keep("", self.now_us(), Part(notices=list(notices)), None)

    @contextmanager
    def part(self, name: str) -> Iterator[Part]:
        """One part is done inside; what fails in it is kept, and stops no other part."""
        began_us, part, failure = self.now_us(), Part(), None
        try:
            yield part
        except CrmBridgeError as error:
            failure = error
            self.failures.append(error)
            part.exit_code = error.exit_code
        self.codes.append(part.exit_code)
        self._keep(name, began_us, part, failure)

    def _keep(self, name: str, began_us: int, part: Part, error: CrmBridgeError | None) -> None:
        self.steps.append(
            Step(
                connection="",
                object=name,
                started_us=began_us,
                duration_us=self.now_us() - began_us,
                written=part.written,
                exit_code=part.exit_code,
                error_code=error.code if error else None,
                error=str(error) if error else None,
                part=JOB,
                notices=tuple(part.notices),
            )
        )
