"""`crmbridge experiments decide`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge experiments decide call-within-1h adopt --by Zhao --reason 'six points more'",
    "crmbridge experiments decide call-within-1h extend --until 2026-09-01 --by Zhao --reason 'too few leads'",
)
def experiments_decide(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="ID", help=mark("Which experiment."))],
    choice: Annotated[
        Literal["adopt", "drop", "extend"], typer.Argument(metavar="WHAT", help=mark("adopt, drop or extend."))
    ],
    *,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help=mark("Who decides."))],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help=mark("Why."))],
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="DAY", help=mark("The new end of what is extended; the first day not counted.")
        ),
    ] = None,
) -> None:
    """Adopts, drops or extends an experiment, and keeps the numbers of that moment."""
    with run.bridge() as bridge:
        run.show(bridge.experiments_decide(name, choice, by=by, reason=reason, until=moments.day(until)))
