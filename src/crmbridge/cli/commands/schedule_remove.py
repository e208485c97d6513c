"""`crmbridge schedule remove`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge schedule remove nightly")
def schedule_remove(
    run: Run, job: Annotated[str, typer.Argument(metavar="JOB", help=mark("The job, by its name."))]
) -> None:
    """Takes a job out of crmbridge.toml; its runs stay in the history."""
    with run.bridge() as bridge:
        run.show(bridge.schedule_remove(job))
