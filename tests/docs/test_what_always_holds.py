"""The page of promises: at most twelve, each with a test that is there."""

import re
from pathlib import Path

from crmbridge.sync.twoway import guards

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "what-always-holds.md"


def test_every_promise_names_tests_that_are_there() -> None:
    text = PAGE.read_text("utf-8")
    promises = re.split(r"(?m)^\d+\. ", text)[1:]
    assert 1 <= len(promises) <= 12
    for promise in promises:
        named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", promise)
        assert named, promise
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text("utf-8"), f"{file}::{test}"


def test_every_guard_has_its_limit_and_its_test_there() -> None:
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \| .+ \| `tests/\S+\.py::test_\w+` \|$", PAGE.read_text("utf-8"))
    assert sorted(rows) == sorted(guards.NAMES)
