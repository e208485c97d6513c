"""`crmbridge undo`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge undo main-4x9kq", "crmbridge undo 17")
def undo(
    run: Run,
    what: Annotated[str, typer.Argument(metavar="RUN|PLAN", help=mark("The plan, or the number of the run."))],
) -> None:
    """Plans to take back what a plan, or a run, has written.

    What was there before is written again where nobody has touched it since; the rest is kept, with the reason. The
    result is a plan: crmbridge apply carries it out.
    """
    from crmbridge.report.listing import joined  # noqa: PLC0415 - heavy: only when the command runs

    with run.bridge() as bridge:
        run.show(joined(bridge.undo(what)))
