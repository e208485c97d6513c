"""`crmbridge quality`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Explain, Viewer
from crmbridge.report.i18n import mark


@command("crmbridge quality", "crmbridge quality --by owner", "crmbridge quality --check duplicates --json")
def quality(
    run: Run,
    *,
    by: Annotated[
        str | None, typer.Option("--by", metavar="DIM", help=mark("A score for each owner, team, source ... too."))
    ] = None,
    check: Annotated[
        str | None, typer.Option("--check", metavar="ID", help=mark("Only this check, with the records that fail it."))
    ] = None,
    viewer: Viewer = None,
    explain: Explain = False,
) -> None:
    """Shows what is wrong with the data, the worst first, with the next step.

    Nothing is changed. What a source cannot tell is named as such; quality.toml in the workspace changes what is
    required and how much it weighs.
    """
    with run.bridge() as bridge:
        run.show(bridge.quality(by=by, check=check, viewer=viewer, explain=explain))
