"""What crmbridge finds of this plugin: one light card, which opens no file, and a look into a folder when asked."""

from collections.abc import Sequence
from pathlib import Path

from crmbridge.adapter.hookspecs import AdapterDescriptor, ConnectionProposal, hookimpl
from crmbridge_csv.config import CsvOptions
from crmbridge_csv.support import SUPPORT

DESCRIPTOR = AdapterDescriptor(
    name="csv",
    title="CSV files",
    title_zh="CSV 文件",
    open="crmbridge_csv.adapter:open_csv",
    config=CsvOptions,
    support=SUPPORT,
    reads_apart=True,
)


@hookimpl
def crmbridge_adapters() -> Sequence[AdapterDescriptor]:
    """The adapter for CSV files."""
    return (DESCRIPTOR,)


@hookimpl
def crmbridge_propose(folder: Path) -> ConnectionProposal | None:
    """A connection over the tables in a folder."""
    from crmbridge_csv.propose import propose  # noqa: PLC0415 - heavy, and only when a person asks

    return propose(folder)
