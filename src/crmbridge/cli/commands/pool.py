"""`crmbridge pool`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Limit, Owner, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge pool", "crmbridge pool --owner li@example.com", "crmbridge pool --keep --limit 0 --json")
def pool(
    run: Run,
    *,
    owner: Owner = None,
    viewer: Viewer = None,
    limit: Limit = 50,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remembers who owns what, to tell who let it go and who took it."))
    ] = False,
    explain: Explain = False,
) -> None:
    """Shows which leads and accounts go back to the pool, and what each rep may take and hold."""
    with run.bridge() as bridge:
        run.show(bridge.pool(owner=owner, viewer=viewer, limit=limit or None, keep=keep, explain=explain))
