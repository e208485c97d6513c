"""`crmbridge report weekly`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli import language
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge report weekly",
    "crmbridge report weekly --week 2026-W26 -o report.html",
    "crmbridge report weekly --team North --lang zh --as-of 2026-06-30",
)
def report_weekly(
    run: Run,
    *,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="WEEK", help=mark("The ISO week, such as 2026-W26; else the last whole one.")),
    ] = None,
    team: Annotated[
        str | None, typer.Option("--team", metavar="NAME", help=mark("Only the people of this team."))
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=mark("The file, replaced at once; else report.html; - is standard output."),
        ),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help=mark("Only deals with amounts in this currency, or none.")),
    ] = None,
) -> None:
    """Writes the weekly report as one HTML file.

    It holds everything it shows, loads nothing and prints well. Without --as-of the week is seen from its end, so that
    it says the same whenever it is made.
    """
    from crmbridge.cli import pages  # noqa: PLC0415 - heavy: only when the command runs

    with run.bridge() as bridge:
        html = bridge.report_weekly(week, language=language.texts().language, team=team, currency=currency)
    pages.write(html, output or Path("report.html"), run)
