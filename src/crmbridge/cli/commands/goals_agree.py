"""`crmbridge goals agree`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command('crmbridge goals agree revenue-2026 --node Li --by Li --comment "with the new leads"')
def goals_agree(
    run: Run,
    goal: Annotated[str, typer.Argument(metavar="GOAL", help=mark("Which goal."))],
    *,
    node: Annotated[str, typer.Option("--node", metavar="NAME", help=mark("Whose share: a team or rep."))],
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help=mark("Who agrees; else who is logged in."))
    ] = None,
    comment: Annotated[str | None, typer.Option("--comment", metavar="TEXT", help=mark("What is said to it."))] = None,
) -> None:
    """Records that somebody agrees to a share of a published goal."""
    with run.bridge() as bridge:
        run.show(bridge.goals_agree(goal, node=node, by=by, comment=comment))
