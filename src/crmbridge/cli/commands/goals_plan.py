"""`crmbridge goals plan`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge goals plan revenue-2026")
def goals_plan(run: Run, goal: Annotated[str, typer.Argument(metavar="GOAL", help=mark("Which goal."))]) -> None:
    """Shows a goal on one page: tasks done of all, pace, weeks, and how it ended."""
    with run.bridge() as bridge:
        run.show(bridge.goals_plan(goal))
