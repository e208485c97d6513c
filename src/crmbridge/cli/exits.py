"""How a command ends: the exit code, and what is said about a failure.

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | done, some records quarantined; or a promise that an adapter makes is not kept |
| 2 | usage: the command line cannot be understood |
| 3 | a guard tripped: a person must look |
| 4 | log in again |
| 5 | the source is not there, does not answer, or is over its budget: retry later |
| 6 | the local store failed |
| 70 | our own bug |
| 75 | another run holds the lease |
| 78 | the configuration must be edited |
| 130 | interrupted |

A failure is told on standard error: what happened, why, and what to do next, every problem of a configuration on its
own line. Under --json (and --format ndjson) it is one line of JSON instead:
`{"error": {"code", "exit_code", "message", "hint", "context", "problems"}}`. A reader that stops reading (`| head`)
ends the command quietly with 0. A traceback is only shown with --debug or CRMBRIDGE_DEBUG=1.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from crmbridge.cli import language
from crmbridge.report.i18n import Catalog, mark

if TYPE_CHECKING:
    from crmbridge.model.errors import CrmBridgeError

INTERRUPTED, BUG = 130, 70
DEBUG_VARIABLE = "CRMBRIDGE_DEBUG"


def code_for(error: BaseException, arguments: Sequence[str]) -> int:
    """Tells the person what happened and gives the exit code."""
    from crmbridge.model.errors import CrmBridgeError  # noqa: PLC0415 - only where something failed

    texts, as_json = language.texts(), _wants_json(arguments)
    if isinstance(error, CrmBridgeError):
        _tell(_failure(error, texts), texts, as_json=as_json)
        _trace(error, arguments)
        return error.exit_code
    if isinstance(error, typer.TyperException):
        return _usage(error, texts, as_json=as_json)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        _tell(
            {"code": "interrupted", "exit_code": INTERRUPTED, "message": texts.text(mark("interrupted"))},
            texts,
            as_json=as_json,
        )
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        silence()
        return 0
    _tell(_bug(error, texts), texts, as_json=as_json)
    _trace(error, arguments)
    return BUG


def silence() -> None:
    """Lets the rest of standard output go nowhere: the reader has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _failure(error: "CrmBridgeError", texts: Catalog) -> dict[str, object]:
    made: dict[str, object] = {
        "code": error.code,
        "exit_code": error.exit_code,
        "message": texts.message(error.message, error.context),
        "hint": texts.message(error.hint, error.context) if error.hint else None,
        "context": {
            name: value if isinstance(value, int | float | str) else str(value) for name, value in error.context.items()
        },
    }
    problems: Sequence[CrmBridgeError] = getattr(error, "problems", ())
    if problems:
        made["problems"] = [_failure(problem, texts) for problem in problems]
    return made


def _usage(error: Exception, texts: Catalog, *, as_json: bool) -> int:
    from crmbridge.cli.usage import translated  # noqa: PLC0415 - only where something failed

    message = getattr(error, "format_message", lambda: str(error))()
    context = getattr(error, "ctx", None)
    if not as_json and type(error).__name__ == "NoArgsIsHelpError":
        print(message, file=sys.stderr)  # noqa: T201 - the talk of the CLI
        return 2
    path = context.command_path if context else "crmbridge"
    hint = texts.message(mark("see {command} --help"), {"command": path})
    made = {"code": "usage", "exit_code": 2, "message": translated(message, texts), "hint": hint}
    _tell(made, texts, as_json=as_json)
    return 2


def _bug(error: BaseException, texts: Catalog) -> dict[str, object]:
    """The class and the place of the error, never its text: that may hold somebody's data."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "crmbridge" in frame.filename] or frames
    place = f"{os.path.basename(ours[-1].filename)}:{ours[-1].lineno}" if ours else "?"  # noqa: PTH119 - a name only
    context = {"error": type(error).__name__, "place": place}
    return {
        "code": "bug",
        "exit_code": BUG,
        "message": texts.message(
            mark("this is a bug in crmbridge, not a mistake of yours: {error} at {place}"), context
        ),
        "hint": texts.text(mark("run it again with --debug and report what it shows; your data is as it was")),
        "context": context,
    }


def _tell(failure: dict[str, object], texts: Catalog, *, as_json: bool) -> None:
    if as_json:
        from crmbridge.report import documents  # noqa: PLC0415 - only where something failed

        print(documents.dump({"error": failure}).decode(), file=sys.stderr)  # noqa: T201 - the talk of the CLI
        return
    problems = failure.get("problems")
    for found in problems if isinstance(problems, list) else [failure]:
        print(texts.message(mark("error: {message}"), {"message": found["message"]}), file=sys.stderr)  # noqa: T201
        if found.get("hint"):
            print(texts.message(mark("hint: {hint}"), {"hint": found["hint"]}), file=sys.stderr)  # noqa: T201


def _trace(error: BaseException, arguments: Sequence[str]) -> None:
    if "--debug" in arguments or os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)


def _wants_json(arguments: Sequence[str]) -> bool:
    return "--json" in arguments or language.value_of("--format", arguments) in {"json", "ndjson"}
