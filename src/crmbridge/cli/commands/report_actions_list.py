"""`crmbridge report actions list`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge report actions list", "crmbridge report actions list --team North --all")
def report_actions_list(
    run: Run,
    *,
    team: Annotated[str | None, typer.Option("--team", metavar="NAME", help=mark("Only those of this team."))] = None,
    everything: Annotated[bool, typer.Option("--all", help=mark("The done ones too."))] = False,
) -> None:
    """Shows what meetings decided, with its age and how much it is overdue."""
    with run.bridge() as bridge:
        run.show(bridge.actions(team=team, everything=everything))
