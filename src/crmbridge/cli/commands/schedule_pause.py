"""`crmbridge schedule pause`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge schedule pause nightly")
def schedule_pause(
    run: Run, job: Annotated[str, typer.Argument(metavar="JOB", help=mark("The job, by its name."))]
) -> None:
    """Lets a job wait until it is resumed; run-now runs it all the same."""
    with run.bridge() as bridge:
        run.show(bridge.schedule_pause(job))
