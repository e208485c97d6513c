"""A real SIGKILL at every call to a vendor and every commit: nothing is lost, nothing is doubled, the next one goes on.

The quick ones die where it matters most; `just crash` dies everywhere.
"""

from typing import Any

import pytest
from tests.crash.checks import holds_in_the_end
from tests.crash.conftest import MakeStores
from tests.crash.forking import Forked
from tests.crash.people import DEALS
from tests.crash.points import Shared
from tests.crash.reading import Reading, upgraded
from tests.crash.stores import Stores
from tests.crash.stories import Start, a_round, begin, count_points, in_step, killed_at, undone_at
from tests.ledger.old_schemas import make_old, rows_of

from crmbridge.ledger import migrations, outbox
from crmbridge.ledger.engine import open_ledger, upgrade_ledger
from crmbridge.sync.twoway.merging import Side

pytestmark = pytest.mark.file_ledger  # there is a turn for each engine
TURNS = 4


@pytest.fixture(scope="module")
def start(stores: Stores) -> Start:
    return begin(stores)


@pytest.fixture(scope="module")
def reading(stores: Stores) -> Reading:
    return Reading.begin(stores)


def test_a_round_is_killed(start: Start) -> None:
    assert killed_at(start, a_round, "after save").is_killed


def test_a_deletion_goes_across_although_nobody_heard_of_the_update_before_it(start: Start) -> None:
    """The deleted record shows in its last words that the update had reached it; a deletion without any is told."""
    story = start.again()
    forked, people = Forked(story.scene), story.people
    forked.finish(in_step)
    title = next(title for title, where in people.titles.items() if where == DEALS and title not in people.gone)
    people.tell_step(title, Side.RIGHT)
    assert forked.run(a_round, deadly="after save left").is_killed
    people.delete_deal(title)
    assert title in people.gone
    forked.finish(in_step)
    assert people.row(Side.RIGHT, title) is None
    holds_in_the_end(story.scene, people)
    story.drop()


def test_an_undo_is_killed(make_stores: MakeStores) -> None:
    start = begin(make_stores("sqlite"))
    _, after, end = undone_at(start, 0)
    done, *found = undone_at(start, "after save")
    assert done.is_killed
    assert found == [after, end]


def test_a_reading_is_killed(reading: Reading) -> None:
    _, wanted = reading.killed_at(0)
    assert reading.killed_at(reading.shared.points // 2) == (True, wanted)


def test_a_lost_intent_would_be_seen(make_stores: MakeStores, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a write not kept as sent before it leaves, this is how it would show."""
    start = begin(make_stores("sqlite"))
    monkeypatch.setattr(outbox, "sent", lambda *_, **__: None)
    with pytest.raises(AssertionError) as caught:
        killed_at(start, a_round, "after save")
    assert "the ledger knows of" in str(caught.value.__cause__)


@pytest.mark.wide
@pytest.mark.parametrize("part", range(TURNS))
def test_a_round_is_killed_at_every_point(start: Start, part: int) -> None:
    points = count_points(start, a_round)
    assert points > 150
    assert all(killed_at(start, a_round, point).is_killed for point in range(1 + part, points + 1, TURNS))


@pytest.mark.wide
@pytest.mark.parametrize("part", range(TURNS))
def test_an_undo_is_killed_at_every_point(start: Start, part: int) -> None:
    done, *wanted = undone_at(start, 0)
    assert done.points > 100
    for point in range(1 + part, done.points + 1, TURNS):
        killed, *found = undone_at(start, point)
        assert killed.is_killed
        assert found == wanted, point


@pytest.mark.wide
@pytest.mark.parametrize("part", range(TURNS))
def test_a_reading_is_killed_at_every_point(reading: Reading, part: int) -> None:
    _, wanted = reading.killed_at(0)
    points = reading.shared.points
    assert points > 150
    for point in range(1 + part, points + 1, TURNS):
        assert reading.killed_at(point) == (True, wanted), point


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    ledger = open_ledger(url, create=False, durable=False)
    with ledger.engine.connect() as con:
        found = rows_of(con)
    ledger.close()
    return found


@pytest.mark.parametrize(
    "version",
    [migrations.latest() - 1, *(pytest.param(v, marks=pytest.mark.wide) for v in range(1, migrations.latest()))],
)
def test_an_upgrade_is_killed(stores: Stores, request: pytest.FixtureRequest, version: int) -> None:
    """At every statement and commit of it; the quick one at a few."""
    old, shared = stores.new(), Shared()
    make_old(old, version)
    twin = stores.copy(old)
    assert not upgraded(twin, shared, 0)
    points, wanted = shared.points, rows(twin)
    is_wide = request.node.get_closest_marker("wide") is not None
    for point in range(1, points + 1) if is_wide else (points // 2, points):
        url = stores.copy(old)
        assert upgraded(url, shared, point)
        upgrade_ledger(url).close()
        ledger = open_ledger(url, create=False, durable=False)
        assert ledger.check() == []
        ledger.close()
        assert rows(url) == wanted, point
        stores.drop(url)
