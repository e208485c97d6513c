"""A commit runs while something else is done, one at a time, and its error is never lost."""

import threading

import pytest

from crmbridge.sync.commits import Commits


def test_a_commit_runs_beside_what_follows_and_is_told_after_it() -> None:
    may_end, told = threading.Event(), list[str]()
    with Commits() as commits:
        commits.begin(
            lambda: None if may_end.wait(5) else pytest.fail("nothing went on beside it"), lambda: told.append("one")
        )
        assert told == []
        may_end.set()
        commits.wait()
        assert told == ["one"]


def test_the_next_one_waits_for_the_last_one() -> None:
    done = list[int]()
    with Commits() as commits:
        for number in range(5):
            commits.begin(lambda number=number: done.append(number), lambda: None)  # type: ignore[misc] # bound now
    assert done == list(range(5))


def test_what_failed_is_not_told() -> None:
    told = list[str]()

    def fail() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), Commits() as commits:
        commits.begin(fail, lambda: told.append("never"))
    assert told == []


def test_an_error_beside_a_commit_leaves_after_it() -> None:
    told = list[str]()

    def read_on() -> None:
        with Commits() as commits:
            commits.begin(lambda: None, lambda: told.append("kept"))
            raise KeyError

    with pytest.raises(KeyError):
        read_on()
    assert told == ["kept"]
