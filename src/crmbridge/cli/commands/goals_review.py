"""`crmbridge goals review`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command('crmbridge goals review q1 --result partly --text "the south carried it"')
def goals_review(
    run: Run,
    goal: Annotated[str, typer.Argument(metavar="GOAL", help=mark("Which goal."))],
    *,
    result: Annotated[
        Literal["met", "partly", "missed"],
        typer.Option("--result", metavar="RESULT", help=mark("met, partly or missed.")),
    ],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help=mark("Who says so; else who is logged in."))
    ] = None,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help=mark("What is said to it."))] = None,
) -> None:
    """Records how a goal ended, and shows its page."""
    with run.bridge() as bridge:
        run.show(bridge.goals_review(goal, result=result, by=by, text=text))
