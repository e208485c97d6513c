"""What crmbridge finds of this plugin: one light card. Nothing here opens a file."""

from collections.abc import Sequence

from crmbridge.adapter.hookspecs import AdapterDescriptor, hookimpl
from crmbridge_csv.config import CsvOptions
from crmbridge_csv.support import SUPPORT

DESCRIPTOR = AdapterDescriptor(
    name="csv",
    title="CSV files",
    title_zh="CSV 文件",
    open="crmbridge_csv.adapter:open_csv",
    config=CsvOptions,
    support=SUPPORT,
)


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """The adapter for CSV files."""
    return (DESCRIPTOR,)
