"""`crmbridge tick`."""

from dataclasses import replace
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.watching import Log, watched
from crmbridge.report.i18n import mark


@command("crmbridge tick", "crmbridge tick --quiet --log json", "crmbridge tick --dry-run --json")
def tick(
    run: Run,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=mark("Shows what is due, and runs nothing."))] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help=mark("Says nothing where all went well, so that cron sends no mail."))
    ] = False,
    ok: Annotated[
        list[int] | None,
        typer.Option(
            "--ok", metavar="CODE", help=mark("Ends with 0 in place of this exit code; for what knows only 0 as good.")
        ),
    ] = None,
    log: Log = None,
) -> None:
    """Runs what is due, each job once: this is what cron, a timer or Kubernetes calls.

    It may be called as often as you like and twice at once. What was missed while the machine was off runs once; a job
    that fails stops no other, and the exit code is the worst of them. After 5, 6 and 75 the job is tried again, first
    after 5 minutes and then less and less often; after any other code it waits for its next time.
    """
    with run.bridge() as bridge:
        if dry_run:
            run.show(bridge.tick_due())
            return
        with watched(bridge, log):
            told = bridge.tick()
    if quiet:
        told = replace(told, rows=tuple(row for row in told.rows if row["exit_code"] not in {0, 75}))
    if told.rows or not quiet or run.format == "json":
        run.show(told)
    run.exit_code = 0 if told.exit_code in (ok or []) else told.exit_code
