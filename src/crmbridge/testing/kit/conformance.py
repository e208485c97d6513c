"""The kit as one class, and the list of its tests."""

from crmbridge.testing.kit.basic import BasicGroup
from crmbridge.testing.kit.bulk import BulkGroup
from crmbridge.testing.kit.count import CountGroup
from crmbridge.testing.kit.deletions import DeleteGroup
from crmbridge.testing.kit.doubt import Doubt
from crmbridge.testing.kit.fetch import FetchGroup
from crmbridge.testing.kit.find import FindGroup
from crmbridge.testing.kit.history import HistoryGroup
from crmbridge.testing.kit.receive import ReceiveGroup
from crmbridge.testing.kit.schema import SchemaGroup
from crmbridge.testing.kit.subscribe import SubscribeGroup
from crmbridge.testing.kit.write import WriteGroup


class AdapterConformance(
    BasicGroup,
    WriteGroup,
    Doubt,
    FetchGroup,
    FindGroup,
    CountGroup,
    DeleteGroup,
    HistoryGroup,
    BulkGroup,
    ReceiveGroup,
    SubscribeGroup,
    SchemaGroup,
):
    """Subclass this, give the fixture `harness`, and the adapter is tested.

    A test is skipped with the reason that the descriptor, or `cannot` of the harness, gives.
    """

    crmbridge_kit = True


def kit_tests() -> dict[str, str]:
    """Every test of the kit by name, with its group."""
    return {
        name: part.crmbridge_kit_group
        for part in AdapterConformance.__mro__
        if hasattr(part, "crmbridge_kit_group")
        for name in vars(part)
        if name.startswith("test_")
    }
