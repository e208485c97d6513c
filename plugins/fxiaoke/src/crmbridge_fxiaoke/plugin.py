"""What crmbridge finds of this plugin: one light card, and the lenses that its mapping uses."""

from collections.abc import Callable, Mapping, Sequence

from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl
from crmbridge.adapter.lens import Lens
from crmbridge_fxiaoke.config import FxiaokeOptions
from crmbridge_fxiaoke.lenses import link, person, record_state
from crmbridge_fxiaoke.support import SUPPORT

DESCRIPTOR = AdapterDescriptor(
    name="fxiaoke",
    title="Fxiaoke (ShareCRM)",
    title_zh="纷享销客",
    open="crmbridge_fxiaoke.adapter:open_fxiaoke",
    config=FxiaokeOptions,
    support=SUPPORT,
    default_mapping="crmbridge_fxiaoke:mapping.toml",
    checked_against_docs="2026-11-22",
    connect="crmbridge_fxiaoke.connect:connect",
)


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """The adapter for Fxiaoke."""
    return (DESCRIPTOR,)


@hookimpl
def crmbridge_lenses() -> Mapping[str, Callable[..., Lens]]:
    """The lenses of people in lists, of links into several objects, and of sales records that are plans."""
    return {"fxiaoke_person": person, "fxiaoke_link": link, "fxiaoke_record_state": record_state}
