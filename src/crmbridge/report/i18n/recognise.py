"""Finds the template behind a text that another library has already filled in, so that it can be translated too.

pydantic and the system give reasons as finished English sentences. The one template whose words are all there is the
one meant; where several fit, the one with the most words of its own.
"""

import re
import string
from collections.abc import Iterable

_PREFIX = "Value error, "
_LEAST_LETTERS = 8
"""A template with fewer letters of its own than this would fit too much; one that begins with them may lack one."""


class Recogniser:
    """The templates of a catalog as patterns."""

    def __init__(self, templates: Iterable[str]) -> None:
        ranked = sorted(templates, key=lambda template: -len(_own_words(template)))
        self._templates = [template for template in ranked if _says_enough(template)]
        self._patterns: list[re.Pattern[str]] | None = None

    def find(self, text: str) -> tuple[str, dict[str, str]] | None:
        """The template of a text and its values; None where no template fits."""
        if self._patterns is None:
            self._patterns = [_pattern(template) for template in self._templates]
        bare = text.removeprefix(_PREFIX)
        for template, pattern in zip(self._templates, self._patterns, strict=True):
            if found := pattern.fullmatch(bare):
                return template, found.groupdict()
        return None


def _says_enough(template: str) -> bool:
    return len(_own_words(template)) + (not template.startswith("{")) >= _LEAST_LETTERS


def _own_words(template: str) -> str:
    return "".join(literal for literal, *_ in string.Formatter().parse(template))


def _pattern(template: str) -> re.Pattern[str]:
    seen: set[str] = set()
    parts = []
    for literal, name, *_ in string.Formatter().parse(template):
        parts.append(re.escape(literal))
        if name:
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
            seen.add(name)
    return re.compile("".join(parts), re.DOTALL)
