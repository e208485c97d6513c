"""`crmbridge backlog take`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge backlog take bottleneck-sales-S3 --owner Zhao --until 2026-09-30")
def backlog_take(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="ID", help=mark("Which item."))],
    *,
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help=mark("Who takes it."))],
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help=mark("When it is measured again; else in 90 days."))
    ] = None,
) -> None:
    """Somebody takes an item, to be measured again on a day."""
    with run.bridge() as bridge:
        run.show(bridge.backlog_take(name, owner=owner, until=moments.day(until)))
