"""`crmbridge risk close`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge risk close R-1a2b3c4d --reason 'the order is signed'")
def risk_close(
    run: Run,
    item: Annotated[str, typer.Argument(metavar="ITEM", help=mark("The item."))],
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=mark("Why."))],
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help=mark("Who decides."))] = None,
) -> None:
    """Closes an item of the register; its history stays."""
    with run.bridge() as bridge:
        run.show(bridge.risk_close(item, reason=reason, by=by))
