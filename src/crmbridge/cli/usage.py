"""What was typed and cannot be understood: our own such errors, and typer's in the reader's language."""

import re
from typing import ClassVar

from crmbridge.model.errors import ConfigError
from crmbridge.report.i18n import Catalog, mark


class Usage(ConfigError):
    """The words of the command line do not fit together; another try with other words helps."""

    code: ClassVar[str] = "usage"
    exit_code: ClassVar[int] = 2


_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), template)
    for pattern, template in (
        (
            r"No such command '(?P<name>[^']*)'\. Did you mean (?P<nearest>.+)\?",
            mark("there is no command {name}; did you mean {nearest}?"),
        ),
        (r"No such command '(?P<name>[^']*)'\.", mark("there is no command {name}")),
        (
            r"No such option: (?P<name>\S+) \(Possible options: (?P<nearest>.+)\)",
            mark("there is no option {name}; did you mean {nearest}?"),
        ),
        (r"No such option: (?P<name>\S+)(?: Did you mean (?P<nearest>.+)\?)?", mark("there is no option {name}")),
        (r"Missing command\.", mark("a command is missing")),
        (r"Missing argument '(?P<name>[^']*)'\..*", mark("the argument {name} is missing")),
        (r"Missing option '(?P<name>[^']*)'\..*", mark("the option {name} is missing")),
        (r"Option '(?P<name>[^']*)' requires an argument\.", mark("the option {name} needs a value")),
        (r"Option '(?P<name>[^']*)' does not take a value\.", mark("the option {name} takes no value")),
        (r"Got unexpected extra arguments?(?:\(s\))? \((?P<name>.+)\)", mark("there are words too many: {name}")),
        (
            r"Invalid value for '?(?P<name>.+?)'?: (?:Value error, )?(?P<value>.+) is not one of (?P<nearest>.+)\.",
            mark("{name} cannot be {value}; possible are {nearest}"),
        ),
        (
            r"Invalid value for '?(?P<name>.+?)'?: Input should be a valid integer.*",
            mark("{name} has to be a whole number"),
        ),
        (
            r"Invalid value for '?(?P<name>.+?)'?: Input should be greater than or equal to (?P<least>\S+)",
            mark("{name} has to be {least} or more"),
        ),
        (
            r"Invalid value for '?(?P<name>.+?)'?: Input should be less than or equal to (?P<most>\S+)",
            mark("{name} has to be {most} or less"),
        ),
        (r"Invalid value for '?(?P<name>.+?)'?: (?:Value error, )?(?P<reason>.+)", mark("{name}: {reason}")),
    )
)


def translated(message: str, catalog: Catalog) -> str:
    """One of typer's messages in our words; as it came where it is none that we know."""
    for pattern, template in _PATTERNS:
        if found := pattern.fullmatch(message.strip()):
            return catalog.message(template, {name: value or "" for name, value in found.groupdict().items()})
    return message
