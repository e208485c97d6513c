"""`crmbridge risk respond`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark

Response = Literal["avoid", "transfer", "mitigate", "accept"]


@command(
    "crmbridge risk respond R-1a2b3c4d --response mitigate --action '2026-07-31 meet the buyer'",
    "crmbridge risk respond R-1a2b3c4d --response accept --reason 'small' --review 2026-09-01",
    "crmbridge risk respond R-1a2b3c4d --response transfer --to 'credit insurance'",
)
def risk_respond(
    run: Run,
    item: Annotated[str, typer.Argument(metavar="ITEM", help=mark("The item."))],
    *,
    response: Annotated[
        Response,
        typer.Option(
            "--response",
            metavar="WHAT",
            help=mark("avoid or mitigate (with an action), transfer (to whom), accept (with reason and review)."),
        ),
    ],
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help=mark("Why."))] = None,
    review: Annotated[
        str | None, typer.Option("--review", metavar="DAY", help=mark("When it is looked at again."))
    ] = None,
    action: Annotated[
        list[str] | None,
        typer.Option("--action", metavar="'DAY TEXT'", help=mark("What is done until when; may be repeated.")),
    ] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="NAME", help=mark("To whom it is transferred."))] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help=mark("Who decides."))] = None,
) -> None:
    """Says what is done about a risk: avoid, transfer, mitigate or accept it."""
    with run.bridge() as bridge:
        run.show(
            bridge.risk_respond(
                item, response=response, reason=reason, review=review, actions=tuple(action or ()), to=to, by=by
            )
        )
