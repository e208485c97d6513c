"""`crmbridge backlog list`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge backlog list", "crmbridge backlog list --all --json")
def backlog_list(
    run: Run,
    *,
    everything: Annotated[bool, typer.Option("--all", help=mark("Those that are decided too."))] = False,
) -> None:
    """Lists what is to be improved: findings and feedback, who takes each, when it is measured again."""
    with run.bridge() as bridge:
        run.show(bridge.backlog(everything=everything))
