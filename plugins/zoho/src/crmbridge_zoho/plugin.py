"""What crmbridge finds of this plugin: one light card, and the lens of links that its mapping uses."""

from collections.abc import Callable, Mapping, Sequence

from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl
from crmbridge.adapter.lens import Lens
from crmbridge_zoho.config import ZohoOptions
from crmbridge_zoho.lenses import link
from crmbridge_zoho.support import SUPPORT

DESCRIPTOR = AdapterDescriptor(
    name="zoho",
    title="Zoho CRM",
    title_zh="Zoho CRM",
    open="crmbridge_zoho.adapter:open_zoho",
    config=ZohoOptions,
    support=SUPPORT,
    default_mapping="crmbridge_zoho:mapping.toml",
    checked_against_docs="2026-11-22",
    connect="crmbridge_zoho.connect:connect",
)


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """The adapter for Zoho CRM."""
    return (DESCRIPTOR,)


@hookimpl
def crmbridge_lenses() -> Mapping[str, Callable[..., Lens]]:
    """The lens of links that may point into several modules."""
    return {"zoho_link": link}
