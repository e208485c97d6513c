"""What came of the last touch of a record, as one line that stands on it in the CRM: `services.md` 7.7."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from crmbridge.facts.store import Facts
from crmbridge.model.pipeline import Pipeline
from crmbridge.services.wants import FigureWanted
from crmbridge.services.world import World

SERVICE = "results"
FIGURE = "last_result"
MOST = 250
"""So many characters at most: what a line of text holds in any CRM."""


class LastResult(NamedTuple):
    """The last touch of a record with a result; what nobody wrote is None or empty."""

    kind: str
    record_id: str
    day: date
    type: str
    outcome: str | None
    feedback: str | None
    next_step: str | None
    next_step_due: date | None
    activity_id: str

    @property
    def line(self) -> str:
        """Day, what was done, what came of it, what the customer said, what comes next, as people wrote it."""
        parts = [part for part in (self.outcome, self.feedback) if part]
        if self.next_step or self.next_step_due:
            due = None if self.next_step_due is None else self.next_step_due.isoformat()
            parts.append("→ " + " ".join(part for part in (self.next_step, due) if part))
        text = " ".join(f"{self.day.isoformat()} {self.type}: {'; '.join(parts)}".split())
        return text if len(text) <= MOST else text[: MOST - 1] + "…"


def last_results(
    facts: Facts, pipelines: Sequence[Pipeline], as_of: datetime, kinds: Collection[str]
) -> list[LastResult]:
    """The last result of each record of those kinds (account, lead, deal), by kind and id."""
    rows = World(facts, pipelines, cut=as_of).tuples("last_results", kinds=sorted(kinds))
    return [LastResult(*row) for row in rows]


def figures(found: Sequence[LastResult]) -> Iterator[FigureWanted]:
    """What people shall see on each record."""
    return (FigureWanted(one.kind, one.record_id, FIGURE, one.line, SERVICE) for one in found)
