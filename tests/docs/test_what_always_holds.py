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


def test_every_test_that_the_page_names_is_there_and_none_is_left_to_a_wider_run() -> None:
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", PAGE.read_text("utf-8"))
    for file, test in named:
        above, found, _ = (ROOT / file).read_text("utf-8").partition(f"\ndef {test}(")
        assert found, f"{file}::{test}"
        decorators = above[above.rindex("\n\n") :]
        assert "\n@pytest.mark.wide" not in decorators, f"{file}::{test}"


def test_every_guard_has_its_limit_and_its_test_there() -> None:
    rows = re.findall(r"(?m)^\| `([a-z-]+)` \| .+ \| `tests/\S+\.py::test_\w+` \|$", PAGE.read_text("utf-8"))
    assert sorted(rows) == sorted(guards.NAMES)
