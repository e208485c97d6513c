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
    "crmbridge report pack --markdown pack.md --lang zh",
)
def report_pack(
    run: Run,
    *,
    week: Annotated[
        str | None,
        typer.Option("--week", metavar="WEEK", help=mark("The ISO week, such as 2026-W26; else the last whole one.")),
    ] = None,
    team: Annotated[
        str | None, typer.Option("--team", metavar="NAME", help=mark("Only the people of this team."))
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help=mark("Only deals with amounts in this currency, or none.")),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remember the figures, so that next week's pack can tell what changed."))
    ] = False,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", metavar="FILE", help=mark("Write Markdown; - is standard output.")),
    ] = None,
) -> None:
    """Shows what a team talks over about a week."""
    from crmbridge.cli import pages  # noqa: PLC0415 - heavy: only when the command runs
    from crmbridge.report import pack  # noqa: PLC0415 - heavy: only when the command runs

    with run.bridge() as bridge:
        made = bridge.report_pack(week, team=team, currency=currency, keep=keep)
    if markdown is None:
        run.show(pack.pack_listing(made))
        return
    pages.write(pack.markdown(made, language.texts()), markdown, run)
