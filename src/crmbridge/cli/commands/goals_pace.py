"""`crmbridge goals pace`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge goals pace", "crmbridge goals pace revenue-2026 --level week --node North --json")
def goals_pace(
    run: Run,
    goals: Annotated[list[str] | None, typer.Argument(metavar="[GOAL]...", help=mark("Which goals; else all."))] = None,
    *,
    node: Annotated[
        str | None, typer.Option("--node", metavar="NAME", help=mark("A team or rep, and everybody under it."))
    ] = None,
    level: Annotated[
        Literal["quarter", "month", "week", "day"] | None,
        typer.Option("--level", metavar="LEVEL", help=mark("By quarter, month, week or day; else the whole period.")),
    ] = None,
    viewer: Viewer = None,
    explain: Explain = False,
) -> None:
    """Shows how goals stand: expected by now, pace, where they end, what each day left must bring."""
    with run.bridge() as bridge:
        run.show(bridge.goals_pace(goals=goals or [], node=node, level=level, viewer=viewer, explain=explain))
