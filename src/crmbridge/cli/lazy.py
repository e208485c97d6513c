"""Typer's groups and commands, made to import a command only when it is called and to speak the chosen language."""

import importlib
from typing import Any, Protocol, cast

import typer
from typer.core import TyperCommand, TyperGroup

from crmbridge.cli import help_page
from crmbridge.cli.table import GROUPS, Entry
from crmbridge.report.i18n import mark


class Formatter(Protocol):
    """What a help page is written to."""

    def write(self, text: str, /) -> None:
        """Takes the page."""


class Command(TyperCommand):
    """A command with our help page; `examples` are shown at its foot."""

    examples: tuple[str, ...] = ()

    def format_help(self, ctx: Any, formatter: Formatter) -> None:  # noqa: ANN401 - typer's own context class is private
        """Writes the page."""
        formatter.write(help_page.command_page(self, ctx, self.examples))


class LazyGroup(TyperGroup):
    """A group whose commands are known by name and imported when called."""

    entries: tuple[tuple[str, tuple[Entry, ...]], ...] = ()
    default: str = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own context class is private
        """Puts the default command of the group before arguments that name none.

        A word that neither names a command nor is one that the default takes is a mistake in the group's own words.
        """
        if self.default and self._is_of_default(ctx, args[0] if args else "--"):
            args = [self.default, *args]
        return super().parse_args(ctx, args)

    def _is_of_default(self, ctx: Any, first: str) -> bool:  # noqa: ANN401 - typer's own context class is private
        if first in self._by_name() or first == "--help":
            return False
        params = self.get_command(ctx, self.default).params
        return first.startswith("-") or any(one.param_type_name == "argument" for one in params)

    def format_help(self, ctx: Any, formatter: Formatter) -> None:  # noqa: ANN401 - typer's own context class is private
        """Writes the page from the table; no command is imported for it."""
        formatter.write(help_page.group_page(self, ctx, self.entries))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's own context class is private
        """The names, in the order of the help."""
        return list(self._by_name())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - typer's own classes are private
        """The command of that name, imported now; None where there is none, with the names left for a suggestion."""
        entry = self._by_name().get(cmd_name)
        if entry is None:
            self.commands = cast("Any", dict.fromkeys(self.list_commands(ctx)))
            return None
        return nested(entry) if entry.children else loaded(entry)

    def _by_name(self) -> dict[str, Entry]:
        return {entry.name: entry for _, entries in self.entries for entry in entries}


class Root(LazyGroup):
    """All commands."""

    entries = GROUPS


def nested(entry: Entry) -> LazyGroup:
    """A group inside the root."""
    group = LazyGroup(name=entry.name, help=entry.short_help, no_args_is_help=True, rich_markup_mode=None)
    group.entries = ((mark("Commands"), entry.children),)
    group.default = entry.default
    return group


def loaded(entry: Entry) -> Command:
    """The command of an entry, its module imported."""
    function = getattr(importlib.import_module(entry.module), entry.function)
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(entry.name, cls=Command)(function)
    command = cast("Command", typer.main.get_command(app))
    command.examples = getattr(function, "examples", ())
    return command
