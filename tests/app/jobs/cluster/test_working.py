"""Workers: every job that is due is done once, whoever dies, stops or looks twice."""

import pytest

from .crew import Crew

pytestmark = pytest.mark.postgres


def test_what_is_due_is_done_once_by_a_worker_that_ends_then(crew: Crew) -> None:
    crew.workspace("acme", "one", "two", "three")
    worker = crew.drain()
    assert sorted(crew.codes("acme")) == [("one", 0), ("three", 0), ("two", 0)]
    assert worker.tally.exit_code == 0
    assert crew.execute("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
    crew.drain()
    assert len(crew.runs("acme")) == 3
