"""What somebody puts into Fxiaoke between our look and our write is covered by it, and kept as lost all the same.

Fxiaoke takes no condition with an update. Its versions and its change log tell, as far as a company has them.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from crmbridge.ledger import conflicts
from crmbridge.ledger.engine import open_ledger
from crmbridge.model.errors import Unavailable
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round, go_round

from .doubting import Doubting, Fxiaoke, Line

WIDE = pytest.mark.wide
LOG = "getNewLogInfoListForWeb"
Made = Callable[..., "Beside"]


class Beside(Doubting):
    """One company on both sides; its name was edited on the left, and somebody edits it on the right meanwhile."""

    def begin(self) -> None:
        self.put(1)
        self.go()
        self.clock.advance(600)
        (row,) = self.server.store.live("companies")
        self.server.store.edit("companies", row.external_id, {"title": "Ours"})

    def go(self) -> Round:
        with self.table() as table:
            return go_round(table, approved_by="me")

    def settle(self) -> list[Round]:
        found = []
        for _ in range(3):
            self.clock.advance(600)
            found.append(self.go())
        return found

    def beside(
        self, *, edits: list[dict[str, Any]], is_lost: bool = False, later: dict[str, Any] | None = None
    ) -> None:
        """As the update arrives: people's edits, then the update, whose answer may be lost, then one more edit."""
        vendor, real = self.vendor, Fxiaoke.carry_out

        def carry_out(request: httpx.Request) -> httpx.Response:
            if not request.url.path.endswith("/data/update"):
                return real(vendor, request)
            vendor.carry_out = lambda one: real(vendor, one)
            for fields in edits:
                self.person(fields)
            answer = real(vendor, request)
            if later is not None:
                self.person(later)
            if is_lost:
                raise httpx.ReadError("cut", request=request)
            return answer

        vendor.carry_out = carry_out

    def person(self, fields: dict[str, Any]) -> None:
        self.clock.advance(1)
        (row,) = self.vendor.rows("AccountObj")
        owner = self.vendor.look("state")["objects"]["AccountObj"][row["_id"]]["owner"][0]
        self.vendor.simulator.backdoor.edit("AccountObj", row["_id"], fields, user=owner)
        self.clock.advance(1)

    @property
    def lost(self) -> list[tuple[str, object]]:
        with self.ledger.read() as tx:
            found = conflicts.listing(tx, is_open=False)
        told = [(one, orjson.loads(one.candidates)) for one in found if one.winner != Side.RIGHT]
        return [(one.field, value) for one, some in told for who, value, _ in some if who == Side.RIGHT]

    def titles(self) -> list[str]:
        left = [str(row.fields["title"]) for row in self.server.store.live("companies")]
        return left + [row["name"] for row in self.vendor.rows("AccountObj")]


@pytest.fixture
def made(tmp_path: Path, ids: Callable[[], str]) -> Iterator[Made]:
    with closing(open_ledger(f"sqlite:///{tmp_path}/l.db")) as ledger:

        def make(**switches: Any) -> Beside:
            vendor = Fxiaoke(tmp_path, lag_s=5, unique=True, **switches)
            beside = Beside(ledger, ids, vendor, Line(vendor, random.Random(1), 0))  # noqa: S311 - not drawn from
            beside.begin()
            return beside

        yield make


@pytest.mark.parametrize(
    ("step", "is_lost"),
    [
        (1, False),
        *(pytest.param(*one, marks=WIDE) for one in [(1, True), (0, False), (0, True), (2, False), (2, True)]),
    ],
)
def test_what_was_covered_is_kept_however_versions_rise(made: Made, step: int, *, is_lost: bool) -> None:
    beside = made(version_step=step)
    beside.beside(edits=[{"name": "First"}, {"name": "Theirs", "url": "https://theirs.example"}], is_lost=is_lost)
    beside.settle()
    assert beside.titles() == ["Ours", "Ours"]
    assert beside.lost == [("name", "Theirs")], "the first was seen and replaced by the second"
    (row,) = beside.server.store.live("companies")
    assert row.fields["site"] == "https://theirs.example", "what we did not write is an edit as any other"


@pytest.mark.wide
@pytest.mark.parametrize("step", [0, 1, 2])
def test_where_nobody_edits_nothing_is_lost(made: Made, step: int) -> None:
    beside = made(version_step=step)
    asked = len(beside.vendor.asked)
    rounds = beside.settle()
    assert beside.titles() == ["Ours", "Ours"]
    assert (beside.lost, sum(untold(one) for one in rounds)) == ([], 0)
    calls = sum(path.endswith(LOG) for path in beside.vendor.asked[asked:])
    assert calls == (step != 1), "one change is our own, and asks for nothing"


@pytest.mark.wide
def test_who_edits_after_the_write_is_no_loser_of_it(made: Made) -> None:
    beside = made()
    beside.beside(edits=[{"name": "Theirs"}], later={"name": "Later"})
    beside.settle()
    assert (beside.titles(), beside.lost) == (["Later", "Later"], [("name", "Theirs")])


@pytest.mark.wide
def test_a_log_that_comes_a_moment_later_is_waited_for(made: Made) -> None:
    beside = made(log_lag_s=2)
    beside.beside(edits=[{"name": "Theirs"}])
    beside.settle()
    assert beside.lost == [("name", "Theirs")]


@pytest.mark.parametrize("switches", [{"change_log": "refuse"}, pytest.param({"log_lag_s": 60}, marks=WIDE)])
def test_where_the_log_does_not_tell_people_are_told_so(made: Made, switches: dict[str, Any]) -> None:
    beside = made(**switches)
    beside.beside(edits=[{"name": "Theirs"}])
    rounds = beside.settle()
    assert beside.titles() == ["Ours", "Ours"]
    assert sum(untold(one) for one in rounds) == 1


@pytest.mark.wide
def test_a_log_that_cannot_be_reached_is_read_by_the_next_run(made: Made) -> None:
    beside = made()
    beside.beside(edits=[{"name": "Theirs"}])
    answer = beside.vendor.handle

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(LOG):
            raise httpx.ConnectError("down", request=request)
        found: httpx.Response = answer(request)
        return found

    beside.vendor.handle = handle
    with pytest.raises(Unavailable):
        beside.go()
    beside.vendor.handle = answer
    beside.settle()
    assert (beside.titles(), beside.lost) == (["Ours", "Ours"], [("name", "Theirs")])


def untold(done: Round) -> int:
    return sum(one.untold for one in done.settled.values()) + sum(one.untold for one in done.carried.values())
