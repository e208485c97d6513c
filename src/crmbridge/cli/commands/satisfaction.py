"""`crmbridge satisfaction`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import End, Explain, Limit, Owner, Start, Viewer
from crmbridge.report.i18n import mark


@command(
    "crmbridge satisfaction",
    "crmbridge satisfaction --by owner --by month",
    "crmbridge satisfaction --by account --from 2026-01-01 --to 2026-07-01 --json --explain",
)
def satisfaction(
    run: Run,
    *,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="owner|account|product|month", help=mark("A row for each of these too; may be repeated.")
        ),
    ] = None,
    start: Start = None,
    end: End = None,
    owner: Owner = None,
    viewer: Viewer = None,
    limit: Limit = 50,
    explain: Explain = False,
) -> None:
    """Shows how satisfied customers are (CSAT, NPS, CES), whom to call back, and who is unhappy."""
    with run.bridge() as bridge:
        run.show(
            bridge.satisfaction(
                by=tuple(by or ()),
                start=moments.day(start),
                end=moments.day(end),
                owner=owner,
                viewer=viewer,
                limit=limit or None,
                explain=explain,
            )
        )
