"""A yes before something that changes what others see; nobody there to say it is no yes."""

import sys

import typer

from crmbridge.cli import language
from crmbridge.cli.usage import Usage
from crmbridge.report.i18n import mark


def ask(question: str, *, yes: bool, **params: object) -> None:
    """Goes on where a person says yes, or `yes` is given; ends quietly otherwise. Usage where nobody can answer."""
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Usage("there is no terminal to ask on", hint="--yes says yes beforehand")
    texts = language.texts()
    print(texts.message(question, params), texts.text(mark("[y/N]")), end=" ", file=sys.stderr, flush=True)  # noqa: T201 - the talk of the CLI
    if sys.stdin.readline().strip().casefold() not in {"y", "yes", "是"}:
        raise typer.Exit(0)
