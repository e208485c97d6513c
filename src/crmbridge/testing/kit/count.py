"""The count group: what an adapter that counts must prove."""

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Counts
from crmbridge.testing.kit.harness import Harness
from crmbridge.testing.kit.reading import opened, pulled, require, seed


class CountGroup:
    """`count`."""

    crmbridge_kit_group = "count"

    def test_count_equals_a_pull(self, harness: Harness) -> None:
        """With no record, over several pages, after a delete, after an addition."""
        require(harness, Capability.COUNT)
        _counts_what_is_pulled(harness, 0)
        ids = seed(harness, 2 * harness.page_size + 2)
        _counts_what_is_pulled(harness, len(ids))
        harness.delete(ids[0])
        _counts_what_is_pulled(harness, len(ids) - 1)
        seed(harness, 1, first=300)
        _counts_what_is_pulled(harness, len(ids))


def _counts_what_is_pulled(harness: Harness, expected: int) -> None:
    with opened(harness) as adapter:
        assert isinstance(adapter, Counts), "count is declared, and missing"
        assert adapter.count(harness.object_name) == expected
    assert len(pulled(harness)) == expected
