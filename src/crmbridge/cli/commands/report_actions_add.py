"""`crmbridge report actions add`."""

from datetime import datetime
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge report actions add 'send the new price list' --owner Li --due 2026-07-03",
    "crmbridge report actions add 'call every week' --feedback-to Wang --kpi meetings_held --due 2026-07-31",
)
def report_actions_add(
    run: Run,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=mark("What is to be done, in a sentence."))],
    *,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help=mark("Who does it."))] = None,
    due: Annotated[
        datetime | None, typer.Option("--due", metavar="DAY", formats=["%Y-%m-%d"], help=mark("Until when."))
    ] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="NAME", help=mark("Whose meeting it was."))] = None,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="WEEK", help=mark("The ISO week, such as 2026-W26; else the last whole one.")),
    ] = None,
    deal: Annotated[str | None, typer.Option("--deal", metavar="ID", help=mark("The deal that it is about."))] = None,
    kpi: Annotated[
        str | None, typer.Option("--kpi", metavar="ID", help=mark("The KPI that the feedback is about."))
    ] = None,
    person: Annotated[
        str | None, typer.Option("--feedback-to", metavar="NAME", help=mark("With whom it was agreed as feedback."))
    ] = None,
) -> None:
    """Keeps something that a meeting decided."""
    day = None if due is None else due.date()
    with run.bridge() as bridge:
        run.show(
            bridge.actions_add(text, team=team, week=week, owner=owner, due=day, deal=deal, kpi=kpi, person=person)
        )
