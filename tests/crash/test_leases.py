"""Several processes on one workspace, and one that stands still while another takes over: real processes, SIGSTOP."""

import pytest
from tests.crash.checks import holds_in_the_end, holds_now
from tests.crash.conftest import MakeStores
from tests.crash.forking import Child, Forked
from tests.crash.stores import Stores
from tests.crash.stories import Start, a_round, begin, edited, in_step

from crmbridge.ledger.leases import TTL_S

pytestmark = pytest.mark.file_ledger  # there is a turn for each engine


@pytest.fixture(scope="module")
def start(stores: Stores) -> Start:
    return begin(stores)


def _is_expected(told: str) -> bool:
    return not told or told.startswith("LeaseLost")


def fenced(start: Start, at: int | str) -> None:
    """One stands still at that point for longer than its lease lasts, another takes over, and the first goes on."""
    story = start.again()
    edited(story)
    forked = Forked(story.scene)
    still = forked.suspend(a_round, at)
    story.scene.shared.clock.advance(TTL_S + 30)
    other = forked.run(in_step)
    before = [list(server.journal) for server in story.scene.servers.values()]
    late = forked.resume(still)
    after = [list(server.journal) for server in story.scene.servers.values()]
    assert _is_expected(late.told), late
    assert _is_expected(other.told), other
    if not other.told:  # it was in nobody's way: no transaction was open
        assert after == before, f"{at}: it wrote after another had taken over"
    holds_now(story.scene, story.people)
    forked.finish(in_step)
    holds_in_the_end(story.scene, story.people)
    story.drop()


def test_whoever_stood_still_too_long_writes_nothing_more(start: Start) -> None:
    fenced(start, "after save left")


@pytest.mark.wide
@pytest.mark.parametrize("at", range(4, 200, 12))
def test_whoever_stood_still_anywhere_writes_nothing_more(start: Start, at: int) -> None:
    """Odd points are inside a transaction: on a file nobody else gets in then, and it goes on in peace."""
    fenced(start, at)


def crowd(start: Start, count: int, rounds: int) -> int:
    """So many processes at once, again and again; how many came to their end."""
    story, ended = start.again(), 0
    forked = Forked(story.scene)
    for _ in range(rounds):
        story.people.act(5)
        children: list[Child] = [forked.start(a_round) for _ in range(count)]
        forked.desk.serve_all([child.wire for child in children])
        told = [forked.end(child).told for child in children]
        assert all(_is_expected(text) for text in told), told
        ended += sum(not text for text in told)
        holds_now(story.scene, story.people)
    forked.finish(in_step)
    holds_in_the_end(story.scene, story.people)
    story.drop()
    return ended


@pytest.mark.parametrize(
    ("engine", "count", "rounds"),
    [
        ("sqlite", 2, 1),
        *(
            pytest.param(engine, count, 12, marks=[pytest.mark.wide, *more])
            for engine, more in (("sqlite", []), ("postgres", [pytest.mark.postgres]))
            for count in (2, 8)
        ),
    ],
)
def test_several_at_once_do_what_one_would(make_stores: MakeStores, engine: str, count: int, rounds: int) -> None:
    ended = crowd(begin(make_stores(engine)), count, rounds)
    assert ended or rounds == 1  # once, each may have had what the other one wanted next
