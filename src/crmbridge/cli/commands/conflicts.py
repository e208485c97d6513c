"""`crmbridge conflicts`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge conflicts", "crmbridge conflicts main --limit 20 --json")
def conflicts(
    run: Run,
    pair: Annotated[str | None, typer.Argument(help=mark("Only those of this pair."))] = None,
    *,
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help=mark("How many, the latest first; 100 unless told."))
    ] = 100,
) -> None:
    """Lists disagreements that are settled, with every value that lost."""
    with run.bridge() as bridge:
        run.show(bridge.conflicts(pair, limit))
