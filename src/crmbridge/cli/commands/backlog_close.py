"""`crmbridge backlog close`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge backlog close bottleneck-sales-S3 --after 60/200")
def backlog_close(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="ID", help=mark("Which item."))],
    *,
    after: Annotated[str, typer.Option("--after", metavar="K/N", help=mark("What was measured since, K of N."))],
    before: Annotated[
        str | None, typer.Option("--before", metavar="K/N", help=mark("What was measured before, where it has none."))
    ] = None,
) -> None:
    """Closes an item with what was measured before and after, and tells the verdict."""
    with run.bridge() as bridge:
        run.show(bridge.backlog_close(name, before=before, after=after))
