"""`crmbridge response`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import End, Explain, Limit, Owner, Start, Viewer
from crmbridge.report.i18n import mark


@command(
    "crmbridge response", "crmbridge response --owner li@example.com", "crmbridge response --keep --limit 0 --json"
)
def response(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    start: Start = None,
    end: End = None,
    limit: Limit = 50,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remembers when clocks started: no later assignment starts them anew."))
    ] = False,
    explain: Explain = False,
) -> None:
    """Shows how soon leads are answered, by owner, and which wait for a first answer."""
    with run.bridge() as bridge:
        run.show(
            bridge.response(
                owner=owner,
                viewer=viewer,
                start=moments.day(start),
                end=moments.day(end),
                limit=limit or None,
                keep=keep,
                explain=explain,
            )
        )
