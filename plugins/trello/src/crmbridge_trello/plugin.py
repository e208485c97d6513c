"""What crmbridge finds of this plugin: one light card."""

from collections.abc import Sequence

from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl
from crmbridge_trello.config import TrelloOptions
from crmbridge_trello.support import SUPPORT

DESCRIPTOR = AdapterDescriptor(
    name="trello",
    title="Trello",
    title_zh="Trello",
    open="crmbridge_trello.adapter:open_trello",
    config=TrelloOptions,
    support=SUPPORT,
    default_mapping="crmbridge_trello:mapping.toml",
    checked_against_docs="2026-11-26",
    connect="crmbridge_trello.connect:connect",
)


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """The adapter for Trello."""
    return (DESCRIPTOR,)
