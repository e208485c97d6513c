"""`crmbridge risk add`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark

Category = Literal["deal", "customer", "market", "competitor", "process", "people"]


@command(
    "crmbridge risk add 'a rival cuts prices' --category competitor --probability 4 --impact 3",
    "crmbridge risk add 'two reps leave' --category people --probability 2 --impact 5 --why 'heard twice'",
)
def risk_add(
    run: Run,
    title: Annotated[str, typer.Argument(metavar="TITLE", help=mark("What may happen, in a sentence."))],
    *,
    category: Annotated[
        Category,
        typer.Option(
            "--category",
            metavar="WHAT",
            help=mark("deal, customer, market, competitor, process or people."),
        ),
    ],
    probability: Annotated[
        int, typer.Option("--probability", metavar="1-5", min=1, max=5, help=mark("How likely it is."))
    ],
    impact: Annotated[int, typer.Option("--impact", metavar="1-5", min=1, max=5, help=mark("How bad it would be."))],
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help=mark("Who looks after it."))] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help=mark("What makes you think so."))] = None,
    review: Annotated[
        str | None, typer.Option("--review", metavar="DAY", help=mark("When it is looked at again."))
    ] = None,
) -> None:
    """Puts a risk that you see into the register."""
    with run.bridge() as bridge:
        run.show(
            bridge.risk_add(
                title=title,
                category=category,
                probability=probability,
                impact=impact,
                owner=owner,
                rationale=why,
                review=review,
            )
        )
