"""What crmbridge finds of this plugin: one light card."""

from collections.abc import Sequence

from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.support import SUPPORT

DESCRIPTOR = AdapterDescriptor(
    name="fxiaoke",
    title="Fxiaoke (ShareCRM)",
    title_zh="纷享销客",
    open="crmbridge_fxiaoke.adapter:open_fxiaoke",
    config=FxiaokeOptions,
    support=SUPPORT,
    checked_against_docs="2026-11-22",
)


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """The adapter for Fxiaoke."""
    return (DESCRIPTOR,)
