"""`crmbridge schedule add`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    'crmbridge schedule add nightly sync "0 2 * * *"',
    'crmbridge schedule add monday weekly-pack "0 7 * * MON" --set team=North --set ending=xlsx',
    'crmbridge schedule add copies backup "30 3 * * *" --set keep=30 --set limit_minutes=60',
)
def schedule_add(
    run: Run,
    name: Annotated[str, typer.Argument(metavar="NAME", help=mark("What the job is called."))],
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help=mark(
                "What it does: sync, follow-up, reconcile, figures, weekly-pack, monthly-pack, care, backup, retention "
                "or notices."
            ),
        ),
    ],
    schedule: Annotated[
        str, typer.Argument(metavar="SCHEDULE", help=mark("When: a cron expression in the zone of the workspace."))
    ],
    *,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help=mark("An argument of the job; may be repeated.")),
    ] = None,
) -> None:
    """Adds a job to crmbridge.toml, as [jobs.NAME].

    minute hour day-of-month month day-of-week: "0 2 * * *" is every night at two, "*/15 * * * *" every quarter of an
    hour, "0 7 * * MON" Mondays at seven, "0 6 L * *" the last day of each month. A new job owes nothing of before.
    """
    with run.bridge() as bridge:
        run.show(bridge.schedule_add(name, kind, schedule, set_ or []))
