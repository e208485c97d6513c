"""`crmbridge backlog drop`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge backlog drop rep-2026-03-02-1 --reason 'planned anyway'")
def backlog_drop(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="ID", help=mark("Which item."))],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=mark("Why nothing is done about it."))],
) -> None:
    """Decides against an item, for a reason."""
    with run.bridge() as bridge:
        run.show(bridge.backlog_drop(name, reason=reason))
