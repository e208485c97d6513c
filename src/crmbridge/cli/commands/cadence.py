"""`crmbridge cadence`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Limit, Owner, Viewer
from crmbridge.report.i18n import mark


@command(
    "crmbridge cadence",
    "crmbridge cadence --policy negotiation-call --owner li@example.com",
    "crmbridge cadence --enrolments --limit 0 --json",
)
def cadence(
    run: Run,
    *,
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="POLICY", help=mark("Only what this policy wants."))
    ] = None,
    kind: Annotated[
        Literal["lead", "deal", "contact", "account"] | None,
        typer.Option("--kind", metavar="KIND", help=mark("Only records of this kind.")),
    ] = None,
    owner: Owner = None,
    viewer: Viewer = None,
    enrolments: Annotated[
        bool, typer.Option("--enrolments", help=mark("How every record stands in its policy too."))
    ] = False,
    limit: Limit = 50,
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remembers how every record stands, for the next run."))
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help=mark("The definition of the figures too."))] = False,
) -> None:
    """Shows which follow-up is due, for whom and why."""
    with run.bridge() as bridge:
        run.show(
            bridge.cadence(
                policy=policy,
                kind=kind,
                owner=owner,
                viewer=viewer,
                with_enrolments=enrolments,
                limit=limit or None,
                keep=keep,
                explain=explain,
            )
        )
