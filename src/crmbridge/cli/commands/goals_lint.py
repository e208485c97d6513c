"""`crmbridge goals lint`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark

_Text = Annotated[
    str | None, typer.Argument(metavar="TEXT", help=mark("A draft in Chinese or English; else goals.toml."))
]


@command(
    "crmbridge goals lint",
    'crmbridge goals lint "raise revenue 20 % next quarter" --baseline 2000000 --node company --owner Wang',
)
def goals_lint(
    run: Run,
    text: _Text = None,
    *,
    metric: Annotated[str | None, typer.Option("--metric", metavar="NAME", help=mark("What is measured."))] = None,
    baseline: Annotated[
        str | None, typer.Option("--baseline", metavar="N", help=mark("What a change is counted from."))
    ] = None,
    node: Annotated[str | None, typer.Option("--node", metavar="NAME", help=mark("Company, team or rep."))] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="USER", help=mark("Who answers for it."))] = None,
    parent: Annotated[
        str | None, typer.Option("--parent", metavar="GOAL", help=mark("The goal or strategy that it serves."))
    ] = None,
    check: Annotated[
        list[str] | None,
        typer.Option("--check", metavar="DAY", help=mark("When it is looked at together; may be repeated.")),
    ] = None,
) -> None:
    """Checks whether goals are specific, measurable, achievable, relevant and timed."""
    with run.bridge() as bridge:
        days = [day for written in check or [] if (day := moments.day(written)) is not None]
        said = {"metric": metric, "baseline": baseline, "node": node, "owner": owner, "parent": parent}
        run.show(bridge.goals_lint(text, checks=days, **said))
