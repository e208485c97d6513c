"""`crmbridge schedule resume`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge schedule resume nightly")
def schedule_resume(
    run: Run, job: Annotated[str, typer.Argument(metavar="JOB", help=mark("The job, by its name."))]
) -> None:
    """Lets a paused job go on with its next time; what it missed is not made up for."""
    with run.bridge() as bridge:
        run.show(bridge.schedule_resume(job))
