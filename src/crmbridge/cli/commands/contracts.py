"""`crmbridge contracts`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Owner, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge contracts", "crmbridge contracts --check K-2026-014", "crmbridge contracts --all --json --explain")
def contracts(
    run: Run,
    *,
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="NUMBER", help=mark("Only this one; ends with 3 unless it is ready.")),
    ] = None,
    owner: Owner = None,
    viewer: Viewer = None,
    everything: Annotated[bool, typer.Option("--all", help=mark("Those that have ended too."))] = False,
    explain: Explain = False,
) -> None:
    """Shows contracts: what each lacks to be ready, and which steps wait too long."""
    with run.bridge() as bridge:
        run.show(bridge.contracts(check=check, owner=owner, viewer=viewer, everything=everything, explain=explain))
