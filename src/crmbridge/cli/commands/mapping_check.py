"""`crmbridge mapping check`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge mapping check", "crmbridge mapping check books --json")
def mapping_check(
    run: Run,
    connection: Annotated[str | None, typer.Argument(help=mark("Only this connection's mapping."))] = None,
) -> None:
    """Checks mappings against what their sources hold now.

    Fields that are gone, stages and choices that no mapping names, and fields that nobody mapped.
    """
    with run.bridge() as bridge:
        run.show(bridge.mapping_check(connection))
