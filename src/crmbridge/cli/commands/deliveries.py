"""`crmbridge deliveries`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import End, Explain, Limit, Owner, Start, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge deliveries", "crmbridge deliveries --by owner --by month", "crmbridge deliveries --json --explain")
def deliveries(
    run: Run,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="owner|product|account|month",
            help=mark("A row for each owner, product, customer or month too; may be repeated."),
        ),
    ] = None,
    start: Start = None,
    end: End = None,
    owner: Owner = None,
    viewer: Viewer = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows how many deliveries came in time, and which will not."""
    with run.bridge() as bridge:
        run.show(
            bridge.deliveries(
                by=tuple(by or ()),
                start=moments.day(start),
                end=moments.day(end),
                owner=owner,
                viewer=viewer,
                limit=limit or None,
                explain=explain,
            )
        )
