"""`crmbridge schedule run-now`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.watching import Log, watched
from crmbridge.report.i18n import mark


@command("crmbridge schedule run-now nightly", "crmbridge schedule run-now nightly --log json")
def schedule_run_now(
    run: Run,
    job: Annotated[str, typer.Argument(metavar="JOB", help=mark("The job, by its name."))],
    *,
    log: Log = None,
) -> None:
    """Runs a job once, whatever its schedule says; its next time stays as it was."""
    with run.bridge() as bridge, watched(bridge, log):
        run.show(bridge.schedule_run_now(job))
