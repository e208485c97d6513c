"""The first records of a plan are read again and compared before the rest goes: what bends values is met early.

Where a revision is no more than a whole second, a record that shows something else may have been edited by a person
within the second of our own write. One such record stops nothing, but then more records are looked at; a field that
two records show otherwise, and none as it was written, is bent by the system.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from crmbridge.adapter.contract import Applied, Fetches, Outcome, RawRecord
from crmbridge.ledger.outbox import Write
from crmbridge.model.errors import GuardStop
from crmbridge.sync.twoway.acknowledging import Fresh, Target, shown_of
from crmbridge.sync.twoway.seconds import is_second
from crmbridge.sync.twoway.state import value_of
from crmbridge.sync.twoway.tidying import is_alike

SIZE = 5
"""So many records are written, read again and compared before the others follow."""
MOST_LOOKS = 4
"""After so many batches of records that prove nothing the rest follows: people are at work there."""


@dataclass(slots=True)
class Canary:
    """What the first records have shown so far, by object and field."""

    target: Target
    alike: set[tuple[str, str]] = field(default_factory=set)
    doubtful: set[tuple[str, str]] = field(default_factory=set)
    looks: int = 0

    @property
    def is_over(self) -> bool:
        """Whether enough was seen for the rest to follow."""
        return self.looks >= MOST_LOOKS or (self.looks > 0 and self.doubtful <= self.alike)

    def look(self, batch: Sequence[Write], outcomes: Sequence[Outcome], fresh: Fresh) -> None:
        """Compares what was written with what is there now; GuardStop where the system shows something else."""
        bent: list[tuple[Write, str, str]] = []
        for write, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, Applied) or write.op == "delete":
                continue
            record = fresh.get((write.object, outcome.external_id))
            if record is not None:
                bent += self._differing(write, outcome, record)
            elif isinstance(self.target.adapter, Fetches):
                raise self._strange(write, outcome.external_id, "*")
        for write, external_id, name in bent:
            place = (write.object, name)
            if place in self.doubtful - self.alike:
                raise self._strange(write, external_id, name)
            self.doubtful.add(place)
        self.looks += 1

    def _differing(self, write: Write, outcome: Applied, record: RawRecord) -> list[tuple[Write, str, str]]:
        """What one record shows otherwise, which proves nothing by itself; GuardStop where it does."""
        if outcome.revision is not None and record.revision != outcome.revision:
            return []  # somebody was there since
        is_ours = outcome.revision is not None and not is_second(record)
        with self.target.session.around.ledger.read() as tx:
            shown = shown_of(tx, write.kind, record, self.target)
        found: list[tuple[Write, str, str]] = []
        for line in orjson.loads(write.lines):
            name, expected = line["field"], value_of(line.get("shows", line["to"]))
            if name not in shown:
                continue
            if is_alike(shown[name], expected):
                self.alike.add((write.object, name))
            elif is_ours:
                raise self._strange(write, outcome.external_id, name)
            else:
                found.append((write, outcome.external_id, name))
        return found

    def _strange(self, write: Write, external_id: str, name: str) -> GuardStop:
        return GuardStop(
            "{object} {external_id} of {connection} does not show what was written ({field}): nothing more was sent",
            guard="canary",
            object=write.object,
            external_id=external_id,
            connection=self.target.session.connection,
            field=name,
            hint="compare the record in the system with crmbridge plan --show, and mend the mapping",
        )
