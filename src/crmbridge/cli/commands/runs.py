"""`crmbridge runs`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge runs --limit 5")
def runs(
    run: Run,
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help=mark("How many, the latest first; 20 unless told."))
    ] = 20,
) -> None:
    """Lists past runs with what they did."""
    with run.bridge() as bridge:
        run.show(bridge.runs(limit))
