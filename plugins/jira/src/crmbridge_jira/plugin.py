"""What crmbridge finds of this plugin."""

from collections.abc import Sequence

from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """None yet."""
    return ()
