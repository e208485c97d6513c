"""`crmbridge gates`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Pipeline, Viewer
from crmbridge.report.i18n import mark


@command(
    "crmbridge gates", "crmbridge gates --pipeline sales --owner li@example.com", "crmbridge gates --json --explain"
)
def gates(
    run: Run,
    *,
    pipeline: Pipeline = None,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="USER", help=mark("Only the records of this user."))
    ] = None,
    viewer: Viewer = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=0, help=mark("So many records at most; 0 for all."))
    ] = 50,
    explain: Explain = False,
) -> None:
    """Shows what each stage asks for, and which open deals lack it."""
    with run.bridge() as bridge:
        run.show(bridge.gates(pipeline=pipeline, owner=owner, viewer=viewer, limit=limit or None, explain=explain))
