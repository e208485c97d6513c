"""The language of this run: known before the command line is parsed, because help and usage errors speak it too."""

import os
from collections.abc import Sequence

from crmbridge.report import i18n

_current: list[i18n.Catalog] = []


def speak(language: str) -> i18n.Catalog:
    """Sets the language that help, errors and tables use from now on."""
    _current[:] = [i18n.catalog(language)]
    return _current[0]


def texts() -> i18n.Catalog:
    """The texts of the current language."""
    return _current[0] if _current else speak(i18n.choose(None, os.environ))


def asked_for(arguments: Sequence[str]) -> str | None:
    """The language that a command line names with --lang, wherever it stands; None where it names none."""
    return value_of("--lang", arguments)


def value_of(option: str, arguments: Sequence[str]) -> str | None:
    """The last value given to an option, read off the words of the command line."""
    words = [*arguments[: arguments.index("--")]] if "--" in arguments else [*arguments]
    following = [words[place + 1] for place, word in enumerate(words[:-1]) if word == option]
    joined = [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]
    return next(reversed([*following, *joined]), None)
