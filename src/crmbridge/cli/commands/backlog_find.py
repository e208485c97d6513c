"""`crmbridge backlog find`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge backlog find", "crmbridge backlog find --owner Zhao")
def backlog_find(
    run: Run,
    *,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help=mark("Who takes what is found."))] = None,
) -> None:
    """Puts the bottlenecks of the funnel on the list of improvements, each once."""
    with run.bridge() as bridge:
        run.show(bridge.backlog_find(owner=owner))
