"""`crmbridge tickets`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import End, Explain, Limit, Owner, Start, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge tickets", "crmbridge tickets --by owner --by month", "crmbridge tickets --limit 0 --json --explain")
def tickets(
    run: Run,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="priority|owner|account|type|month",
            help=mark("A row for each of these instead of each priority; may be repeated."),
        ),
    ] = None,
    start: Start = None,
    end: End = None,
    owner: Owner = None,
    viewer: Viewer = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows how soon tickets are answered and resolved, by priority, and which wait."""
    with run.bridge() as bridge:
        run.show(
            bridge.tickets(
                by=tuple(by or ("priority",)),
                start=moments.day(start),
                end=moments.day(end),
                owner=owner,
                viewer=viewer,
                limit=limit or None,
                explain=explain,
            )
        )
