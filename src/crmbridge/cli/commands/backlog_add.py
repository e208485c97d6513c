"""`crmbridge backlog add`."""

from typing import Annotated, Literal

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark

Source = Literal["rep", "meeting", "call_back", "customer", "survey"]


@command(
    "crmbridge backlog add 'customers ask for an API' --stage S3 --author Li",
    "crmbridge backlog add 'fewer visits' --from meeting --id w26-1",
)
def backlog_add(
    run: Run,
    text: Annotated[str, typer.Argument(metavar="TEXT", help=mark("What was said, in a sentence."))],
    *,
    source: Annotated[
        Source,
        typer.Option("--from", metavar="WHOM", help=mark("rep, meeting, call_back, customer or survey.")),
    ] = "rep",
    author: Annotated[str | None, typer.Option("--author", metavar="NAME", help=mark("Who said it."))] = None,
    stage: Annotated[str | None, typer.Option("--stage", metavar="KEY", help=mark("About which stage."))] = None,
    name: Annotated[
        str | None, typer.Option("--id", metavar="ID", help=mark("Its id; told again under it, it stays one item."))
    ] = None,
) -> None:
    """Puts something on the list of improvements."""
    with run.bridge() as bridge:
        run.show(bridge.backlog_add(text, source=source, author=author, stage=stage, name=name))
