"""`crmbridge goals show`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge goals show", "crmbridge goals show --viewer li@example.com --json")
def goals_show(
    run: Run,
    goals: Annotated[list[str] | None, typer.Argument(metavar="[GOAL]...", help=mark("Which goals; else all."))] = None,
    *,
    viewer: Annotated[
        str | None,
        typer.Option("--viewer", metavar="USER", help=mark("As this user may see it: the own share and the team.")),
    ] = None,
) -> None:
    """Shows who has which share of the goals, and who has agreed to it."""
    with run.bridge() as bridge:
        run.show(bridge.goals_show(goals=goals or [], viewer=viewer))
