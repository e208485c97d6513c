"""The first records of a plan: who edits one within the second of our write stops nothing, a system that bends does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from crmbridge.adapter.contract import Applied, RawRecord
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.outbox import Write
from crmbridge.model.errors import GuardStop
from crmbridge.sync.twoway.canary import MOST_LOOKS, Canary
from crmbridge.sync.twoway.guards import Limits

from .pairing import Pairing


@dataclass
class Watched:
    """A canary over writes of a town, the first of which were just carried out."""

    canary: Canary
    writes: list[Write]
    pairing: Pairing

    def look(self, *towns: str, second: bool = True) -> None:
        """The next records show these towns; their revision is a `second`, or finer."""
        batch, self.writes = self.writes[: len(towns)], self.writes[len(towns) :]
        at = self.pairing.clock().replace(microsecond=0 if second else 1)
        revision = at.isoformat()
        fresh = {
            (write.object, str(write.external_id)): RawRecord(
                write.object,
                str(write.external_id),
                {"name": "ACME", "place": town},
                revision=revision,
                modified=at,
            )
            for write, town in zip(batch, towns, strict=True)
        }
        self.canary.look(batch, [Applied(str(write.external_id), revision) for write in batch], fresh)


@pytest.fixture
def watched(ledger: Ledger, ids: Callable[[], str]) -> Iterator[Watched]:
    pairing = Pairing(ledger, ids)
    made = [pairing.left.put("companies", {"title": f"C{n}", "reg": f"R{n}", "town": "Bonn"}) for n in range(12)]
    pairing.settle()
    for one in made:
        pairing.left.edit("companies", one, {"town": "Kiel"})
    pairing.limits = Limits(updates=5)
    pairing.round()
    writes = pairing.writes("planned")
    assert len(writes) == 12
    with pairing.table() as table:
        yield Watched(Canary(table.right), writes, pairing)


def test_one_edit_within_our_second_stops_nothing(watched: Watched) -> None:
    watched.look("Kiel", "Person", "Kiel")
    assert watched.canary.is_over


def test_where_only_that_one_was_written_more_are_looked_at(watched: Watched) -> None:
    watched.look("Person")
    assert not watched.canary.is_over
    watched.look("Kiel")
    assert watched.canary.is_over


def test_a_system_that_bends_every_value_is_met(watched: Watched) -> None:
    with pytest.raises(GuardStop, match="does not show what was written"):
        watched.look("bent", "bent too")


def test_it_is_met_over_several_batches_too(watched: Watched) -> None:
    watched.look("bent")
    with pytest.raises(GuardStop, match="does not show what was written"):
        watched.look("bent too")


def test_a_revision_of_our_own_alone_proves_it_at_once(watched: Watched) -> None:
    with pytest.raises(GuardStop, match="does not show what was written"):
        watched.look("Kiel", "bent", second=False)


def test_it_does_not_look_for_ever(watched: Watched) -> None:
    for _ in range(MOST_LOOKS):
        assert not watched.canary.is_over
        watched.canary.doubtful.add(("customers", "staff"))
        watched.canary.look([], [], {})
    assert watched.canary.is_over
