"""What a sync did: counts for each object, what a person should know, and how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from crmbridge.adapter.contract import Spent
from crmbridge.ledger.runs import RECORDS
from crmbridge.model.errors import CrmBridgeError, GuardStop
from crmbridge.model.notes import Note

FIELD_GONE = "FIELD_GONE"
"""The code of a notice of a mapped field that the source had, and has no more."""

SEVERITY = (70, 3, 4, 78, 6, 5, 75, 1, 0)
"""Exit codes from the one that needs a person most to the one that needs nobody."""


@dataclass(slots=True)
class Counts:
    """How many records each step touched: `read` = `landed` + `unchanged`.

    What a mapping cannot read has landed and is `quarantined`; what is no usable record at all (a broken row, two
    different records with one id) is `quarantined` and not `read`. `deleted` are also those asked for by id.
    """

    read: int = 0
    landed: int = 0
    unchanged: int = 0
    written: int = 0
    updated: int = 0
    quarantined: int = 0
    deleted: int = 0

    def add(self, other: "Counts") -> None:
        """Adds another step's counts to these."""
        for spec in fields(self):
            setattr(self, spec.name, getattr(self, spec.name) + getattr(other, spec.name))


@dataclass(slots=True, eq=False)
class Step:
    """One object of one connection in one sync. `error` is what stopped it; the other objects went on.

    `waiting` is how much of the object is in quarantine at the end, from this sync or an earlier one; `is_broken` says
    that it was left by something that is no error of ours (a bug, an interruption). `part` is what of the object was
    read: its records, its `deleted` ones, its `history` (`read` are changes then, and `written` stage events). `spent`
    is what it cost, None where the adapter does not tell.

    A notice of `FIELD_GONE` asks for a person: what a mapping reads is not there any more.
    """

    connection: str
    object: str
    kind: str
    counts: Counts = field(default_factory=Counts)
    notices: list[Note] = field(default_factory=list)
    cursor_before: str | None = None
    cursor_after: str | None = None
    error: CrmBridgeError | None = None
    waiting: int = 0
    is_broken: bool = False
    part: str = RECORDS
    spent: Spent | None = None
    started_us: int | None = None

    @property
    def exit_code(self) -> int:
        """0, 1 where records wait in quarantine, 3 where a mapped field is gone, or the code of what stopped it."""
        if self.is_broken:
            return 70
        if self.error is not None:
            return self.error.exit_code
        if any(notice.code == FIELD_GONE for notice in self.notices):
            return GuardStop.exit_code
        return 1 if self.waiting or self.counts.quarantined else 0


@dataclass(slots=True)
class SyncResult:
    """A whole sync. A connection that failed as a whole is in `failures`; it changed nothing for the others."""

    run_id: str
    steps: list[Step] = field(default_factory=list)
    failures: list[tuple[str, CrmBridgeError]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The code that needs a person most."""
        return worst([*(step.exit_code for step in self.steps), *(error.exit_code for _, error in self.failures)])

    @property
    def worst_error(self) -> CrmBridgeError | None:
        """The first error that ended anything with that code; None where none did."""
        errors = [*(error for _, error in self.failures), *(step.error for step in self.steps if step.error)]
        return next((error for error in errors if error.exit_code == self.exit_code), None)


def worst(codes: Iterable[int]) -> int:
    """The most severe of several exit codes, by `SEVERITY`."""
    return min(codes, key=SEVERITY.index, default=0)
