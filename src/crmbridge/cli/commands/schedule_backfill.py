"""`crmbridge schedule backfill`."""

from typing import Annotated

import typer

from crmbridge.cli import moments
from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import End, Start
from crmbridge.cli.usage import Usage
from crmbridge.cli.watching import Log, watched
from crmbridge.report.i18n import mark


@command("crmbridge schedule backfill daily --from 2026-03-01 --to 2026-04-01")
def schedule_backfill(
    run: Run,
    job: Annotated[str, typer.Argument(metavar="JOB", help=mark("The job, by its name."))],
    *,
    start: Start = None,
    end: End = None,
    log: Log = None,
) -> None:
    """Makes up for days that have passed: the job as of each moment at which it would have come due.

    For figures, packs and care. What is remembered of a moment already stays as it is.
    """
    first, until = moments.day(start), moments.day(end)
    if first is None or until is None:
        raise Usage("days to make up for have a first and a last", hint="give both --from and --to")
    with run.bridge() as bridge, watched(bridge, log):
        run.show(bridge.schedule_backfill(job, first, until))
