"""The write group, second part: when the answer is lost.

push -> answer lost -> Unknown -> look (find by key, fetch by id, pull) -> one record or none, never two
"""

import pytest

from crmbridge.adapter.capabilities import Capability
from crmbridge.adapter.contract import Adapter, Applied, Finds, Unknown
from crmbridge.model.errors import TransientError
from crmbridge.testing.kit.harness import Fault, Harness
from crmbridge.testing.kit.reading import merge, need, opened, read, require, seed
from crmbridge.testing.kit.writing import applied, change, create, push


class Doubt:
    """`push` while the source fails."""

    crmbridge_kit_group = "write"

    def test_lost_answer_is_unknown_and_settles_to_one(self, harness: Harness) -> None:
        """The record was made and nobody told us: Unknown, and looking finds exactly one."""
        require(harness, Capability.WRITE)
        need(harness, Fault.LOST_ANSWER)
        seed(harness, 1)
        harness.inject(Fault.LOST_ANSWER)
        (outcome,) = push(harness, [create(harness, 90)])
        assert isinstance(outcome, Unknown), f"a create whose answer was lost is {outcome}"
        assert len(harness.stored()) == 2, "a lost answer was answered by sending again"
        with opened(harness) as adapter:
            assert _looked_for(harness, adapter, 90) == 1

    def test_lost_request_is_unknown_and_settles_to_none(self, harness: Harness) -> None:
        """Nothing arrived, which the adapter cannot know: Unknown, and looking finds none."""
        require(harness, Capability.WRITE)
        need(harness, Fault.LOST_REQUEST)
        seed(harness, 1)
        harness.inject(Fault.LOST_REQUEST)
        (outcome,) = push(harness, [create(harness, 91)])
        assert isinstance(outcome, Unknown), f"a create whose request was lost is {outcome}"
        with opened(harness) as adapter:
            assert _looked_for(harness, adapter, 91) == 0

    def test_unreachable_push_raises_and_writes_nothing(self, harness: Harness) -> None:
        """Nothing was tried, so it may all be sent again later: TransientError, no outcome."""
        require(harness, Capability.WRITE)
        need(harness, Fault.UNREACHABLE)
        (key,) = seed(harness, 1)
        stored, before = harness.stored(), harness.writes()
        harness.inject(Fault.UNREACHABLE)
        with pytest.raises(TransientError):
            push(harness, [change(harness, key, "unsent"), create(harness, 92)])
        harness.heal()
        assert harness.writes() == before
        assert harness.stored() == stored

    def test_push_raises_only_when_nothing_was_tried(self, harness: Harness) -> None:
        """A push that broke half-way keeps the answers it has; the rest is Unknown."""
        require(harness, Capability.WRITE)
        need(harness, Fault.BREAK_MIDWAY)
        with opened(harness) as adapter:
            batch = adapter.describe().limits.batch_size
        ids = seed(harness, 2 * batch)
        harness.inject(Fault.BREAK_MIDWAY)
        outcomes = push(harness, [change(harness, key, f"midway {key}") for key in ids])
        assert [type(outcome) for outcome in outcomes] == [Applied] * batch + [Unknown] * batch
        assert [applied(outcome).external_id for outcome in outcomes[:batch]] == ids[:batch]
        stored = harness.stored()
        assert all(stored[key][harness.field] == f"midway {key}" for key in ids[:batch])


def _looked_for(harness: Harness, adapter: Adapter, number: int) -> int:
    """How many records of that sample are found: by key where there is one, and by reading everything."""
    text = harness.sample(number)[harness.field]
    found = [record for record in merge(read(harness, adapter)).values() if record.payload[harness.field] == text]
    if harness.key_field and isinstance(adapter, Finds):
        (by_key,) = adapter.find(harness.object_name, harness.key_field, [f"kit-create-{number}"])
        assert len(by_key) == len(found), "a search by key and a full reading disagree"
    return len(found)
