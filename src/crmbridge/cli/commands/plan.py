"""`crmbridge plan`."""

from pathlib import Path
from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge plan", "crmbridge plan main --json", "crmbridge plan --show main-4x9kq --html plan.html")
def plan(
    run: Run,
    pair: Annotated[
        str | None, typer.Argument(help=mark("The pair, or the connection, to plan for; else all."))
    ] = None,
    *,
    list_: Annotated[bool, typer.Option("--list", help=mark("Lists the plans that are kept."))] = False,
    show: Annotated[
        str | None, typer.Option("--show", metavar="PLAN", help=mark("Shows that plan, and makes none."))
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help=mark("Writes it as one HTML page; - is standard output.")),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help=mark("Shows every record of a large plan."))] = False,
) -> None:
    """Plans what is to be written: what keeps a pair in step, and what services want in a CRM.

    Of a pair what was read is merged; of a connection it is what crmbridge run follow-up would write there. The plan is
    saved under a name, and nothing is sent to anybody. crmbridge apply carries out exactly that plan, within 24 hours.
    """
    from crmbridge.cli import planning  # noqa: PLC0415 - heavy: only when the command runs

    planning.plan(run, pair, asked=planning.Asked(list_=list_, show=show, html=html, all_=all_))
