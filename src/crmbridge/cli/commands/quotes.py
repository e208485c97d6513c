"""`crmbridge quotes`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Owner, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge quotes", "crmbridge quotes --owner li@example.com --all", "crmbridge quotes --json --explain")
def quotes(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    everything: Annotated[bool, typer.Option("--all", help=mark("Those that are decided too."))] = False,
    explain: Explain = False,
) -> None:
    """Shows quotes: which discount needs approval, what ends soon, and what each comes to."""
    with run.bridge() as bridge:
        run.show(bridge.quotes(owner=owner, viewer=viewer, everything=everything, explain=explain))
