"""`crmbridge scores`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.cli.figure_options import Limit, Owner, Viewer
from crmbridge.report.i18n import mark


@command(
    "crmbridge scores", "crmbridge scores --tier A --owner li@example.com", "crmbridge scores --keep --limit 0 --json"
)
def scores(
    run: Run,
    *,
    kind: Annotated[
        Literal["lead", "deal", "contact"] | None,
        typer.Option("--kind", metavar="KIND", help=mark("Only records of this kind: lead, deal or contact.")),
    ] = None,
    tier: Annotated[
        str | None,
        typer.Option("--tier", metavar="TIER", help=mark("Only this tier; X is who must not be approached.")),
    ] = None,
    owner: Owner = None,
    viewer: Viewer = None,
    limit: Limit = 50,
    known: Annotated[
        Literal["now", "then"],
        typer.Option("--known", metavar="now|then", help=mark("As known now, or as it was known at --as-of.")),
    ] = "now",
    keep: Annotated[
        bool, typer.Option("--keep", help=mark("Remembers who came into another tier, for the next run."))
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help=mark("The definition too, and what each score is made of."))
    ] = False,
) -> None:
    """Scores leads and open deals, and shows their tiers and why."""
    with run.bridge() as bridge:
        run.show(
            bridge.scores(
                kind=kind,
                tier=tier,
                owner=owner,
                viewer=viewer,
                limit=limit or None,
                known=known,
                keep=keep,
                explained=explain,
            )
        )
