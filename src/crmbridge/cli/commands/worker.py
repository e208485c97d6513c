"""`crmbridge worker`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge worker",
    "crmbridge worker --workspaces /srv/crmbridge --jobs 8 --log json",
    "crmbridge worker --workspaces workspaces.txt --drain --json",
)
def worker(
    run: Run,
    *,
    workspaces: Annotated[
        Path | None,
        typer.Option(
            "--workspaces",
            metavar="DIR_OR_FILE",
            help=mark("A folder of workspaces, or a file with one on each line; else --workspace alone."),
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=64, metavar="N", help=mark("How many jobs at once; 4 unless told."))
    ] = 4,
    share: Annotated[
        int | None,
        typer.Option(
            "--share",
            min=1,
            metavar="N",
            help=mark("How many jobs of one workspace at once, over all workers; else one less than --jobs."),
        ),
    ] = None,
    queue: Annotated[
        str | None,
        typer.Option(
            "--queue",
            envvar="CRMBRIDGE_QUEUE",
            metavar="URL",
            help=mark("The PostgreSQL database of the queue; else that of the ledgers."),
        ),
    ] = None,
    drain: Annotated[
        bool, typer.Option("--drain", help=mark("Ends when nothing waits or runs any more; else only when told to."))
    ] = False,
    grace: Annotated[
        int,
        typer.Option(
            "--grace",
            min=0,
            metavar="SECONDS",
            help=mark("How long jobs may go on when it is told to end; 20 unless told."),
        ),
    ] = 20,
    log: Annotated[
        Literal["none", "json"],
        typer.Option(
            "--log",
            metavar="none|json",
            help=mark("Tells what goes on as lines of JSON on standard error, unless it is none."),
        ),
    ] = "json",
) -> None:
    """Runs what is due on as many machines as wanted, for one workspace or many; ledgers are in PostgreSQL.

    Start it on each machine. A job waits once and runs once, one at a time for each connection; what a dead worker had
    in hand is taken over after half a minute. Workspaces take turns: none has more than its share of the places.
    """
    from crmbridge.cli import working  # noqa: PLC0415 - heavy: only when the command runs

    manner = working.Wish(workspaces, queue, jobs=jobs, share=share, grace_s=grace, drain=drain)
    working.work(run, manner, log)
