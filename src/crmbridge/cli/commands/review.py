"""`crmbridge review`."""

from typing import Annotated

import typer

from crmbridge.cli.command import Run, command
from crmbridge.report.i18n import mark


@command("crmbridge review", "crmbridge review 12 --take left", 'crmbridge review 12 --value "12.50 EUR"')
def review(
    run: Run,
    number: Annotated[
        int | None, typer.Argument(metavar="NUMBER", help=mark("The question to answer; else they are listed."))
    ] = None,
    *,
    pair: Annotated[str | None, typer.Option("--pair", metavar="NAME", help=mark("Only those of this pair."))] = None,
    take: Annotated[
        str | None,
        typer.Option("--take", metavar="left|right|base", help=mark("Whose value it is; base is the one before.")),
    ] = None,
    value: Annotated[
        str | None,
        typer.Option("--value", metavar="X", help=mark("A value of your own; an empty one empties the field.")),
    ] = None,
) -> None:
    """Shows what a person must decide, or takes the decision.

    Each question shows what was decided before, and what each side shows now. The next sync carries the answer to both
    systems; who gave it is kept.
    """
    from crmbridge.cli.usage import Usage  # noqa: PLC0415 - only when the command runs

    if number is None and (take is not None or value is not None):
        raise Usage("which question is answered?", hint="crmbridge review NUMBER --take left")
    with run.bridge() as bridge:
        run.show(bridge.review(pair) if number is None else bridge.answer(number, take=take, value=value))
