"""What can go wrong, classed by what the caller must do.

    CrmBridgeError
    |- ConfigError       edit something
    |   `- ConfigErrors  edit several things
    |- AuthError         log in again
    |   `- ScopeError    ask for a permission
    |- TransientError    retry later
    |   |- Throttled
    |   |- Unavailable
    |   `- Timeout
    |- RecordError       quarantine this record, go on
    |- ContractError     vendor or adapter broke a promise
    |- GuardStop         a human must confirm
    |- LeaseLost         someone newer took over; stop quietly
    `- StoreError        disk, lock, migration

The tree above is read by a test. A message is a template in English and its values; the template is the key of its
Chinese text, so an error can be shown in either language long after it was raised.
"""

import difflib
from collections.abc import Iterable
from typing import ClassVar

NO_CHOICE = "-"
"""What stands for the valid choices where there are none."""


class CrmBridgeError(Exception):
    """A failure with a code for programs, a message and a hint for people, and values without secrets.

    `message` and `hint` are format templates over `context`: `ConfigError("{file} is not there", file=path)`. A hint at
    the nearest choice is none where there is nothing to choose.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 70

    def __init__(self, message: str, *, hint: str | None = None, **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = None if context.get("nearest") == NO_CHOICE and hint and "{nearest}" in hint else hint
        self.context = context

    def __str__(self) -> str:
        text = render(self.message, self.context)
        return f"{text} ({render(self.hint, self.context)})" if self.hint else text


class ConfigError(CrmBridgeError):
    """A person must edit the configuration, a mapping or a command."""

    code = "config"
    exit_code = 78


class ConfigErrors(ConfigError):
    """Everything found wrong with a configuration at once, so that one edit mends it all."""

    def __init__(self, problems: Iterable[ConfigError]) -> None:
        self.problems = tuple(problems)
        super().__init__("{count} problems in the configuration", count=len(self.problems))

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class AuthError(CrmBridgeError):
    """The credentials are refused: log in again."""

    code = "auth"
    exit_code = 4


class ScopeError(AuthError):
    """The login holds, but lacks a permission."""

    code = "scope"


class TransientError(CrmBridgeError):
    """Trying later may work; `after` says in how many seconds, where the other side told us."""

    code = "transient"
    exit_code = 5

    def __init__(self, message: str, *, after: float | None = None, hint: str | None = None, **context: object) -> None:
        super().__init__(message, hint=hint, **context)
        self.after = after


class Throttled(TransientError):
    """Too many calls."""

    code = "throttled"


class Unavailable(TransientError):
    """The source does not answer, or is not there now."""

    code = "unavailable"


class Timeout(TransientError):
    """No complete answer before the deadline."""

    code = "timeout"


class RecordError(CrmBridgeError):
    """One record cannot be used: it waits in quarantine, everything else goes on."""

    code = "record"
    exit_code = 1


class ContractError(CrmBridgeError):
    """A vendor or an adapter broke a promise of the contract."""

    code = "contract"
    exit_code = 5


class GuardStop(CrmBridgeError):
    """A limit was hit before the first write: a human must confirm."""

    code = "guard"
    exit_code = 3


class LeaseLost(CrmBridgeError):
    """Another run holds the lease: stop quietly, it does the work."""

    code = "lease"
    exit_code = 75


class StoreError(CrmBridgeError):
    """The local store failed: disk, lock, corruption or migration."""

    code = "store"
    exit_code = 6


def render(template: str, context: dict[str, object]) -> str:
    """The template with its values; values a template does not name are left out."""
    return template.format(**context) if context else template


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """The valid choice most like `word`, or None where nothing is alike: for "did you mean"."""
    options = list(choices)
    folded = {option.casefold(): option for option in options}
    found = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None


def suggestion(word: str, choices: Iterable[str], *, most: int = 20) -> str:
    """The valid choice most like `word`, or the first few of them where none is alike: for "did you mean"."""
    options = list(choices)
    return nearest(word, options) or ", ".join(options[:most]) or NO_CHOICE
