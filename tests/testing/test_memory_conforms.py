"""The CRM in memory keeps every promise of the contract: no test of the kit is skipped for it."""

import pytest

from crmbridge.testing.kit import AdapterConformance
from crmbridge.testing.kit.runner import run_kit
from crmbridge.testing.memory import MemoryHarness


class TestMemory(AdapterConformance):
    @pytest.fixture
    def harness(self) -> MemoryHarness:
        return MemoryHarness()


def test_memory_skips_nothing() -> None:
    assert [result for result in run_kit(MemoryHarness) if result.outcome != "passed"] == []
