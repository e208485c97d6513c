"""`crmbridge report pack`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli import language
from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command(
    "crmbridge report pack",
    "crmbridge report pack --week 2026-W26 --team North --keep",
    "crmbridge report pack --month last -o pack.html --lang zh",
    "crmbridge report pack --quarter 2026-Q2 -o pack.xlsx",
    "crmbridge report pack --person Li -o sheet.md",
)
def report_pack(
    run: Run,
    *,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="WEEK", help=mark("The ISO week, such as 2026-W26; else the last whole one.")),
    ] = None,
    month: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help=mark("A month, such as 2026-06, or last."))
    ] = None,
    quarter: Annotated[
        str | None, typer.Option("--quarter", metavar="QUARTER", help=mark("A quarter, such as 2026-Q2, or last."))
    ] = None,
    team: Annotated[
        str | None, typer.Option("--team", metavar="NAME", help=mark("Only the people of this team."))
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", metavar="NAME", help=mark("The sheet of one rep for a talk between two."))
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help=mark("Only deals with amounts in this currency, or none.")),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remember the figures, so that the next pack can tell what changed."))
    ] = False,
    kept: Annotated[
        bool, typer.Option("--kept", help=mark("The pack as it was remembered, whatever is known since."))
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help=mark("A file, by its ending .html, .md, .xlsx, .csv or .json; - is Markdown on standard output."),
        ),
    ] = None,
) -> None:
    """Shows what a team talks over about a week, month or quarter."""
    from crmbridge.cli import pages  # noqa: PLC0415 - heavy: only when the command runs
    from crmbridge.report import pack, pack_files  # noqa: PLC0415 - heavy: only when the command runs

    write = None if output is None else pack_files.writer(output)
    with run.bridge() as bridge:
        made = bridge.report_pack(
            week, month=month, quarter=quarter, team=team, person=person, currency=currency, keep=keep, kept=kept
        )
    if output is None or write is None:
        run.show(pack.pack_listing(made))
        return
    pages.put(write(made, language.texts()), output, run)
