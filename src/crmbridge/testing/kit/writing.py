"""What the groups that write share."""

from collections.abc import Sequence

from crmbridge.adapter.contract import Applied, Change, Outcome, Writes
from crmbridge.testing.kit.harness import Harness
from crmbridge.testing.kit.reading import opened


def change(harness: Harness, external_id: str, text: str, *, base_revision: str | None = None) -> Change:
    """An update of one field of one record."""
    return Change(f"kit-{external_id}", harness.object_name, external_id, {harness.field: text}, base_revision)


def create(harness: Harness, number: int) -> Change:
    """A create of that sample, under that sample's key."""
    return Change(f"kit-create-{number}", harness.object_name, None, harness.sample(number))


def push(harness: Harness, changes: Sequence[Change]) -> Sequence[Outcome]:
    """The outcomes of a push by a new adapter that may write."""
    with opened(harness, read_only=False) as adapter:
        assert isinstance(adapter, Writes), "write is declared, and there is no push"
        return adapter.push(changes)


def applied(outcome: Outcome) -> Applied:
    """The outcome as Applied; fails where it is another."""
    assert isinstance(outcome, Applied), f"expected Applied, got {outcome}"
    return outcome
