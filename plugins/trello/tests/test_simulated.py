"""The conformance kit on the simulated account, as it is usually and where what Trello leaves open is the other way."""

from collections.abc import Mapping
from typing import Any

import pytest
from plugins.trello.tests.simulated import SimulatedHarness

from crmbridge.testing.kit import AdapterConformance

OTHERWISE: Mapping[str, Any] = {
    "member_calls": 0,
    "rate_headers": False,
    "most_cards": 4,
    "comments_move_activity": False,
    "edits_move_activity": True,
    "complete_needs_due": True,
    "stranger": "ignored",
    "custom_fields": False,
    "new_fields": False,
    "limit_error": "RATE_LIMIT_EXCEEDED",
}


class Otherwise(SimulatedHarness):
    """The other settings."""

    switches = OTHERWISE


class TestSimulated(AdapterConformance):
    """All groups of the kit."""

    @pytest.fixture
    def harness(self) -> SimulatedHarness:
        return SimulatedHarness()


class TestOtherwise(AdapterConformance):
    """The same where Trello decides otherwise."""

    @pytest.fixture
    def harness(self) -> Otherwise:
        return Otherwise()
