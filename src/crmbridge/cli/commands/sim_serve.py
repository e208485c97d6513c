"""`crmbridge sim serve`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark

System = Literal["zoho", "fxiaoke", "jira", "trello"]


@command("crmbridge sim serve zoho --port 8400 --seed 7 --deals 300")
def sim_serve(
    run: Run,  # noqa: ARG001 - every command is handed it
    system: Annotated[
        System, typer.Argument(metavar="SYSTEM", help=mark("The system to simulate: zoho, fxiaoke, jira or trello."))
    ],
    *,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, metavar="N", help=mark("The port; else a free one."))
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help=mark("Another company; the same one for the same number."))
    ] = None,
    deals: Annotated[
        int | None, typer.Option("--deals", min=0, metavar="N", help=mark("How many deals the company has."))
    ] = None,
    zone: Annotated[
        str | None, typer.Option("--zone", metavar="ZONE", help=mark("The time zone of the simulated account."))
    ] = None,
    switch: Annotated[
        list[str] | None,
        typer.Option("--switch", metavar="NAME=VALUE", help=mark("Turns a doubtful behaviour another way.")),
    ] = None,
) -> None:
    """Runs a simulator of a CRM system on this machine, until it is interrupted.

    Prints one line of JSON: its addresses, and a login to connect with. Needs the package crmbridge-sim.
    """
    from crmbridge.cli import simulators  # noqa: PLC0415 - only when the command runs

    given = {"--port": port, "--seed": seed, "--deals": deals, "--zone": zone}
    words = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    simulators.serve([system, *words, *(word for one in switch or [] for word in ("--switch", one))])
