"""`crmbridge report actions done`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge report actions done 'company|2026-W26|1' --result 'price list sent'")
def report_actions_done(
    run: Run,
    key: Annotated[str, typer.Argument(metavar="KEY", help=mark("Which action, as the list shows it."))],
    *,
    result: Annotated[str | None, typer.Option("--result", metavar="TEXT", help=mark("What came of it."))] = None,
) -> None:
    """Says that an action is done."""
    with run.bridge() as bridge:
        run.show(bridge.actions_done(key, result=result))
