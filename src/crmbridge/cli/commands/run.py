"""`crmbridge run`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.watching import Limit, Log, watched
from crmbridge.report.i18n import mark


@command("crmbridge run follow-up", "crmbridge run follow-up --dry-run --json", "crmbridge run nightly --log json")
def run(
    run: Run,
    job: Annotated[str, typer.Argument(metavar="JOB", help=mark("A job of the configuration, or follow-up."))],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=mark("Plans and shows what it would write, and sends nothing."))
    ] = False,
    limit: Limit = None,
    log: Log = None,
) -> None:
    """Runs a job once, as a schedule does.

    A job of the configuration ends with the exit code of its run. follow-up, which needs no entry there, works out what
    every service wants (tiers, scores, tasks, notices) and writes it as far as it was granted. Its first plan waits for
    crmbridge apply; a second run without changes writes nothing.
    """
    with run.bridge() as bridge, watched(bridge, log, limit):
        run.show(bridge.run_job(job, run.progress(), is_sent=not dry_run))
