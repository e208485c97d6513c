"""The kit is tested: each lie is caught by the test named for it, and by no other; no test is without a lie."""

import io
import logging
import re

import pytest
from tests.testing import (
    hostile_descriptions,
    hostile_exports,
    hostile_lookups,
    hostile_notices,
    hostile_past,
    hostile_readings,
    hostile_writings,
)
from tests.testing.hostile import LIARS, Liar

from crmbridge.http import redact
from crmbridge.testing.kit.conformance import kit_tests
from crmbridge.testing.kit.runner import run_kit

FILES = (
    hostile_descriptions,
    hostile_readings,
    hostile_writings,
    hostile_lookups,
    hostile_past,
    hostile_exports,
    hostile_notices,
)


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.adapter.__name__)
def test_lie_is_caught_by_its_own_test_alone(liar: Liar) -> None:
    failed = {result.name: result.reason for result in run_kit(liar.harness) if result.outcome == "failed"}
    assert set(failed) == {liar.caught_by}, failed


def test_a_failure_names_the_line_of_the_kit_and_the_promise_that_was_not_kept() -> None:
    (liar,) = (one for one in LIARS if one.caught_by == "test_numbers_are_never_float")
    (result,) = run_kit(liar.harness, [liar.caught_by])
    assert re.match(r"\w+ at values\.py:\d+: assert .+", result.reason)
    assert result.reason.endswith(
        "; the promise: A number with a fraction is a Decimal with the digits that were sent."
    )


def test_a_token_in_a_log_is_seen_where_other_handlers_hide_secrets() -> None:
    """Doors guard every handler there is, and a guarded one rewrites the record for those behind it."""
    (liar,) = (liar for liar in LIARS if liar.adapter is hostile_descriptions.LogsItsToken)
    handler, root = logging.StreamHandler(io.StringIO()), logging.getLogger()
    redact.guard(handler)
    root.addHandler(handler)
    try:
        test_lie_is_caught_by_its_own_test_alone(liar)
    finally:
        root.removeHandler(handler)


def test_every_test_of_the_kit_catches_a_lie() -> None:
    assert set(kit_tests()) - {liar.caught_by for liar in LIARS} == set()


def test_every_lie_names_a_test_of_the_kit() -> None:
    assert {liar.caught_by for liar in LIARS} - set(kit_tests()) == set()


def test_every_lie_is_told_once() -> None:
    assert all(any(liar.adapter.__module__ == part.__name__ for part in FILES) for liar in LIARS)
    assert len({(liar.adapter, liar.descriptor.open) for liar in LIARS}) == len(LIARS)
