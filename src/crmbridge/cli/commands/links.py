"""`crmbridge links`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge links", "crmbridge links 7 --accept", "crmbridge links 7 --refuse")
def links(
    run: Run,
    number: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help=mark("The suggestion to answer; else they are listed."))
    ] = None,
    *,
    pair: Annotated[str | None, typer.Option("--pair", metavar="NAME", help=mark("Only those of this pair."))] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help=mark("The two are one: they are linked and merged."))
    ] = False,
    refuse: Annotated[
        bool, typer.Option("--refuse", help=mark("The two are two, and are never suggested again."))
    ] = False,
) -> None:
    """Shows records of two systems that may be one, or takes the answer.

    Each shows what both have and why that is not certain. Until it is answered, what is probably there already is not
    made on the other side. Two that are one are merged by the next sync, by the pair's rules; who answered is kept.
    """
    from crmbridge.cli.usage import Usage  # noqa: PLC0415 - only when the command runs

    if (number is None) != (not accept and not refuse) or (accept and refuse):
        raise Usage("which suggestion is answered, and how?", hint="crmbridge links NUMBER --accept, or --refuse")
    with run.bridge() as bridge:
        run.show(bridge.links(pair) if number is None else bridge.link(number, is_one=accept))
