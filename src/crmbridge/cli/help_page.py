"""What --help prints: plain text in the reader's language, wrapped at the terminal's width.

Without rich, which would cost more time than everything else together.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from crmbridge.cli import language
from crmbridge.cli.table import Entry
from crmbridge.cli.wrapping import wrap
from crmbridge.report.i18n import mark
from crmbridge.report.width import width

COMMON = "common"
"""The panel of the options that every command takes."""

_LIBRARY_TEXTS = (
    mark("Show this message and exit."),
    mark("Install completion for the current shell."),
    mark("Show completion for the current shell, to copy it or customize the installation."),
)
_WIDEST, _INDENT, _LONGEST_NAME = 110, 2, 30

Records = Sequence[tuple[str, str]]


def command_page(command: TyperCommand, context: typer.Context, examples: Sequence[str]) -> str:
    """The page of one command."""
    own = [p for p in command.get_params(context) if getattr(p, "rich_help_panel", None) != COMMON]
    common = [p for p in command.get_params(context) if p not in own]
    say = language.texts().text
    blocks = [
        [f"{say(mark('Usage:'))} {context.command_path} {' '.join(_pieces(own))}"],
        _prose(command.help or ""),
        _section(say(mark("Arguments")), _records(own, context, "argument")),
        _section(say(mark("Options")), _records(own, context, "option")),
        _section(say(mark("Common options")), _records(common, context, "option")),
        _examples(say(mark("Examples")), examples),
    ]
    return _joined(blocks)


def argument_name(argument: TyperArgument) -> str:
    """CONNECTION; in brackets where it may be left out, with dots where there may be several."""
    name = argument.metavar or str(argument.name).upper()
    return f"{name if argument.required else f'[{name}]'}{'' if argument.nargs == 1 else '...'}"


def _pieces(params: Iterable[object]) -> list[str]:
    return ["[OPTIONS]", *(argument_name(param) for param in params if isinstance(param, TyperArgument))]


def group_page(group: TyperGroup, context: typer.Context, groups: Iterable[tuple[str, Sequence[Entry]]]) -> str:
    """The page of a group: its commands under their headings, nothing imported."""
    say = language.texts().text
    shown = [(title, [(entry.name, say(entry.short_help)) for entry in entries]) for title, entries in groups]
    widest = max((len(name) for _, records in shown for name, _ in records), default=0)
    blocks = [
        [f"{say(mark('Usage:'))} {context.command_path} {' '.join(group.collect_usage_pieces(context))}"],
        _prose(group.help or ""),
        *(_section(say(title), records, column=widest) for title, records in shown),
        _section(say(mark("Options")), _records(group.get_params(context), context, "option")),
    ]
    return _joined(blocks)


def _records(params: Iterable[object], context: typer.Context, param_type: str) -> Records:
    found = []
    for param in params:
        record = param.get_help_record(context) if getattr(param, "param_type_name", "") == param_type else None  # type: ignore[attr-defined]
        if record:
            name = argument_name(param) if isinstance(param, TyperArgument) else record[0].removesuffix(" <str>")
            found.append((name, language.texts().text(str(getattr(param, "help", "") or ""))))
    return found


def _prose(text: str) -> list[str]:
    """Each paragraph translated by itself, so that the first one is also the short help."""
    lines: list[str] = []
    for paragraph in text.split("\n\n"):
        one_line = language.texts().text(" ".join(paragraph.split()))
        lines += [*([""] if lines else []), *(" " * _INDENT + line for line in wrap(one_line, _width() - _INDENT))]
    return lines


def _section(title: str, records: Records, *, column: int | None = None) -> list[str]:
    if not records:
        return []
    names = min(column or max(width(name) for name, _ in records), _LONGEST_NAME)
    lines = [_headed(title)]
    for name, text in records:
        lines += _record(name, text, names)
    return lines


def _headed(title: str) -> str:
    return title + ("：" if language.texts().language == "zh" else ":")


def _record(name: str, text: str, column: int) -> Iterator[str]:
    left = " " * _INDENT
    body = wrap(text, max(_width() - column - 2 * _INDENT, 20))
    if width(name) > column:
        yield left + name
    else:
        first = body.pop(0) if body else ""
        yield (left + name + " " * (column - width(name) + _INDENT) + first).rstrip()
    for line in body:
        yield " " * (column + 2 * _INDENT) + line


def _examples(title: str, examples: Sequence[str]) -> list[str]:
    return [_headed(title), *(" " * _INDENT + example for example in examples)] if examples else []


def _joined(blocks: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _width() -> int:
    return min(shutil.get_terminal_size().columns, _WIDEST)
