"""A line of the table of commands: its name, what it does, and where its function stands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group of commands; `module` holds the function `function`, imported when it is called.

    `default` is the child of a group that is meant where none is named.
    """

    name: str
    short_help: str
    module: str = ""
    function: str = ""
    children: tuple["Entry", ...] = ()
    default: str = ""


def entry(name: str, short_help: str, module: str | None = None) -> Entry:
    """A command whose function is called like its module, under `commands`; `module` where that is not its name."""
    file = (module or name).replace("-", "_").replace(" ", "_")
    return Entry(name, short_help, f"crmbridge.cli.commands.{file}", file)
