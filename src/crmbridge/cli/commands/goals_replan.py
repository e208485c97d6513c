"""`crmbridge goals replan`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge goals replan revenue-2026", 'crmbridge goals replan revenue-2026 --apply --reason "slow start"')
def goals_replan(
    run: Run,
    goal: Annotated[str, typer.Argument(metavar="GOAL", help=mark("Which goal."))],
    *,
    mode: Annotated[
        Literal["redistribute", "carry_next", "keep"],
        typer.Option(
            "--mode", metavar="MODE", help=mark("redistribute over what is left, carry_next into the next, or keep.")
        ),
    ] = "redistribute",
    no_floor: Annotated[
        bool, typer.Option("--no-floor", help=mark("Who is ahead gets less; else keeps the plan."))
    ] = False,
    apply: Annotated[bool, typer.Option("--apply", help=mark("Makes it a new version, with --reason."))] = False,
    by: Annotated[
        str | None, typer.Option("--by", metavar="NAME", help=mark("Who approves; else who is logged in."))
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help=mark("Why this version."))] = None,
) -> None:
    """Proposes how the rest of a goal is planned anew, with the whole kept."""
    with run.bridge() as bridge:
        wish = {"is_applied": apply, "by": by, "reason": reason}
        run.show(bridge.goals_replan(goal, mode=mode, floor=not no_floor, **wish))
