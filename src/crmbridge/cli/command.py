"""What makes a function a command: the options that every command takes, and the run that it is handed.

@command("crmbridge status --json")
def status(run: Run) -> None:
    with run.bridge() as bridge:
        run.show(bridge.status())
"""

import functools
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.models import ArgumentInfo

from crmbridge.cli import language
from crmbridge.cli.help_page import COMMON
from crmbridge.cli.usage import Usage
from crmbridge.report.i18n import mark

if TYPE_CHECKING:
    from datetime import datetime

    from crmbridge.app.bridge import Bridge
    from crmbridge.cli.progress import Meter
    from crmbridge.report.listing import Listing

Format = Literal["table", "json", "ndjson", "csv"]

_OPTIONS: dict[str, tuple[Any, Any]] = {
    "workspace": (
        Path | None,
        typer.Option(
            "--workspace", "-w", metavar="DIR", help=mark("The workspace; else $CRMBRIDGE_WORKSPACE, else this folder.")
        ),
    ),
    "as_of": (
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help=mark("Figures as of this day or time (2026-03-31, 2026-03-31T18:00+08:00); else now."),
        ),
    ),
    "lang": (
        Literal["en", "zh"] | None,
        typer.Option("--lang", metavar="en|zh", help=mark("The language; else the machine's.")),
    ),
    "as_json": (bool, typer.Option("--json", help=mark("JSON on standard output; the same as --format json."))),
    "as_format": (
        Format | None,
        typer.Option(
            "--format", metavar="table|json|ndjson|csv", help=mark("How the answer is written; else a table.")
        ),
    ),
    "debug": (bool, typer.Option("--debug", help=mark("Shows the traceback of a bug in crmbridge."))),
}
_DEFAULTS = {"as_json": False, "debug": False}


@dataclass(slots=True)
class Run:
    """One call of a command: where, as of when, in which format; and the code it will end with."""

    workspace: Path | None
    as_of_text: str | None
    language: str | None
    format: Format
    exit_code: int = 0

    @property
    def as_of(self) -> "datetime | None":
        """The instant that figures are worked out for; None means now. A day means its end in the workspace's zone."""
        from crmbridge.cli import moments  # noqa: PLC0415 - only where a command needs it

        return moments.as_of(self.as_of_text, self.workspace, os.environ) if self.as_of_text else None

    def bridge(self) -> "Bridge":
        """The workspace, opened; to be used in a `with`."""
        from crmbridge.app.bridge import Bridge  # noqa: PLC0415 - heavy: only when a command runs

        return Bridge.open(self.workspace, as_of=self.as_of, environ=os.environ)

    def show(self, listing: "Listing") -> None:
        """Prints the listing in the format asked for: results to standard output, warnings to standard error."""
        from crmbridge.cli import render  # noqa: PLC0415 - heavy: only when a command runs

        render.show(listing, self.format, self.language)
        self.exit_code = max(self.exit_code, listing.exit_code)

    def say(self, template: str, **params: object) -> None:
        """Tells the person something, on standard error."""
        print(language.texts().message(template, params), file=sys.stderr)  # noqa: T201 - this is the talk

    def progress(self) -> "Meter":
        """Where long work says how far it is."""
        from crmbridge.cli.progress import Meter  # noqa: PLC0415 - heavy: only when a command runs

        return Meter(language.texts())


def command(*examples: str) -> Callable[[Callable[..., None]], Callable[..., int]]:
    """Makes a command of a function whose first parameter is the `Run`; `examples` stand at the foot of its help."""

    def made(function: Callable[..., None]) -> Callable[..., int]:
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
        names = {parameter.name for parameter in own}
        for parameter in own:
            _name_argument(parameter)

        @functools.wraps(function)
        def wrapper(ctx: typer.Context, **values: Any) -> int:  # noqa: ANN401 - typer's own values
            run = _run(ctx, {name: values.pop(name) for name in _OPTIONS if name not in names})
            function(run, **values)
            return run.exit_code

        context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        common = [_parameter(name) for name in _OPTIONS if name not in names]
        own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
        wrapper.__signature__ = inspect.Signature([context, *own, *common])  # type: ignore[attr-defined]
        wrapper.__annotations__ = {"ctx": typer.Context} | {p.name: p.annotation for p in (*own, *common)}
        wrapper.examples = examples  # type: ignore[attr-defined]
        return wrapper

    return made


def _name_argument(parameter: inspect.Parameter) -> None:
    """An argument reads as CONNECTION in every message, unless it is called otherwise."""
    for extra in getattr(parameter.annotation, "__metadata__", ()):
        if isinstance(extra, ArgumentInfo) and extra.metavar is None:
            extra.metavar = parameter.name.upper()


def _parameter(name: str) -> inspect.Parameter:
    kept, option = _OPTIONS[name]
    option.rich_help_panel, option.show_default = COMMON, False
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=_DEFAULTS.get(name), annotation=Annotated[kept, option]
    )


def _run(ctx: typer.Context, given: dict[str, Any]) -> Run:
    above = ctx.find_root().params
    written = given.get("as_format")
    if given.get("as_json") and written not in {None, "json"}:
        raise Usage("--json and --format {format} do not go together", format=written, hint="give one of them")
    return Run(
        workspace=given["workspace"] or above.get("workspace"),
        as_of_text=given.get("as_of"),
        language=given.get("lang") or above.get("lang"),
        format="json" if given.get("as_json") else written or "table",
    )
