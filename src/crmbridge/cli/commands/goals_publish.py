"""`crmbridge goals publish`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command('crmbridge goals publish --reason "plan of the year"', "crmbridge goals publish q1 --by Wang --reason agreed")
def goals_publish(
    run: Run,
    goals: Annotated[list[str] | None, typer.Argument(metavar="[GOAL]...", help=mark("Which goals; else all."))] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=mark("Why this version."))],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help=mark("Who approves; else who is logged in."))
    ] = None,
) -> None:
    """Publishes goals: each that says something new gets a version, and the old ones stay."""
    with run.bridge() as bridge:
        run.show(bridge.goals_publish(goals or [], by=by, reason=reason))
