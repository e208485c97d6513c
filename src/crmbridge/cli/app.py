"""The command line's entry: chooses the language, finds the command, and ends with the right exit code."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

import crmbridge
from crmbridge.cli import exits, language
from crmbridge.cli.lazy import Root
from crmbridge.report.i18n import choose, mark

app = typer.Typer(
    name="crmbridge", cls=Root, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        print("crmbridge", crmbridge.version())  # noqa: T201 - this is the result
        raise typer.Exit


@app.callback()
def root(
    *,
    workspace: Annotated[
        Path | None,
        typer.Option(
            "--workspace", "-w", metavar="DIR", help=mark("The workspace; else $CRMBRIDGE_WORKSPACE, else this folder.")
        ),
    ] = None,
    lang: Annotated[
        Literal["en", "zh"] | None,
        typer.Option("--lang", metavar="en|zh", help=mark("The language; else the machine's.")),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help=mark("Shows the traceback of a bug in crmbridge."))] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help=mark("Shows the version."))
    ] = False,
) -> None:
    """Keep the CRM you have and run your sales by your own rules."""


def run(arguments: Sequence[str], environ: Mapping[str, str] | None = None) -> int:
    """Runs one command line and gives its exit code; everything that goes wrong is told on standard error."""
    language.speak(choose(language.asked_for(arguments), os.environ if environ is None else environ))
    try:
        code = typer.main.get_command(app).main([*arguments], prog_name="crmbridge", standalone_mode=False)
        sys.stdout.flush()
    except SystemExit as leaving:
        if isinstance(leaving.__context__, BrokenPipeError):  # what typer makes of a reader that has gone
            return exits.code_for(leaving.__context__, arguments)
        return leaving.code if isinstance(leaving.code, int) else 0
    except BaseException as error:  # noqa: BLE001 - the last door: every failure becomes a message and a code
        return exits.code_for(error, arguments)
    if code == exits.INTERRUPTED:
        return exits.code_for(KeyboardInterrupt(), arguments)
    return code if isinstance(code, int) else 0


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))
