"""One language's texts. English is its own catalog; Chinese is read from the compiled file when first asked for."""

import gettext
import re
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbridge.model.money import Money
from crmbridge.report.i18n.counting import singular
from crmbridge.report.listing import Names, Word

if TYPE_CHECKING:
    from crmbridge.report.i18n.recognise import Recogniser

DOMAIN = "crmbridge"
PREFIX = "{file}:{line}: {key}: "
"""Where a problem stands in a file: put before a template, so not part of what is translated."""
_SENTENCES = {"reason", "problem", "problems"}
"""Values that are sentences themselves, often ones of ours."""

_WORDS = {"capability", "category", "figure", "state", "status", "way"}
"""Values that are words of a closed vocabulary."""

_MEASURE = "measure"
"""A value that is the name of a field or of what is computed of one: its text, else the name with spaces."""

_WAYS = "others"
"""A value that says something of each way of reading: `query: 1 / 1; bulk: not offered for Notes`."""

_KIND = re.compile(r"(?<![A-Za-z] )(?:(?<=[\u4e00-\u9fff]) )?\{(?P<name>kind|second)\}(?: (?=[\u4e00-\u9fff]))?")
"""Where a template names a kind of records, with the spaces that a Latin word would need between Chinese ones."""

_BEFORE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=\{(\w+)\})")
_AFTER = re.compile(r"\{(\w+)\} (?=[\u4e00-\u9fff])")
LOCALE_DIR = Path(__file__).parent / "locale"


class Catalog:
    """Gives each template its text in one language and fills in the values."""

    def __init__(self, language: str, texts: gettext.NullTranslations) -> None:
        self.language = language
        self._texts = texts

    def text(self, template: str) -> str:
        """The template in this language, its placeholders still open; the English one where there is no other."""
        before = PREFIX if template.startswith(PREFIX) else ""
        rest = template.removeprefix(before)
        if not rest:
            return before
        shown = self._texts.gettext(rest)
        return before + (self._with_hint(rest) if shown == rest and rest.endswith(")") else shown)

    def _with_hint(self, template: str) -> str:
        """A template that was put together as `message (hint)`, both of which the catalog knows by themselves."""
        for place in (found.start() for found in re.finditer(r" \(", template)):
            message, hint = template[:place], template[place + 2 : -1]
            shown, advice = self._texts.gettext(message), self._texts.gettext(hint)
            if shown != message and advice != hint:
                return f"{shown}（{advice}）"
        return template

    def message(self, template: str, params: Mapping[str, object] | None = None) -> str:
        """The template in this language with its values. A reason that is itself a known text is translated too."""
        if not params:
            return self.text(template)
        text = self.text(template)
        shown = singular(text, params) if self.language == "en" else self._with_kinds(text, params)
        values = {name: self._value(name, value) for name, value in params.items()}
        return fill(shown if self.language == "en" else _closed_up(shown, values), values)

    def _value(self, name: str, value: object) -> object:
        if isinstance(value, Names):
            return value.in_language(self.language)
        if isinstance(value, Money):
            from crmbridge.report.words import money  # noqa: PLC0415 - it needs the catalog itself

            return money(value)
        if name in _SENTENCES and isinstance(value, str):
            return self.reason(value)
        if name == _WAYS and isinstance(value, str) and self.language != "en":
            return "；".join(self._way(*part.partition(": ")) for part in value.split("; "))
        if name == _MEASURE:
            return self.text(str(value)).replace("_", " ")
        is_word = isinstance(value, Word) or (name in _WORDS and isinstance(value, str))
        return self.text(getattr(value, "shown", str(value))) if is_word else value

    def _way(self, way: str, separator: str, said: str) -> str:
        return f"{self.text(way)}：{self.reason(said)}" if separator else way

    def _with_kinds(self, template: str, params: Mapping[str, object]) -> str:
        """The template with the kinds of records in words, but not where they are part of a command to type."""
        for place in reversed([*_KIND.finditer(template)]):
            from crmbridge.model.kinds import KIND_NAMES  # noqa: PLC0415 - heavy, and few texts name a kind

            kind = params.get(place["name"])
            if kind in KIND_NAMES:
                template = template[: place.start()] + self.text(str(kind)) + template[place.end() :]
        return template

    def reason(self, text: str) -> str:
        """A finished English sentence in this language, where it is one of our templates filled in."""
        if self.language == "en":
            return text
        return self._known(text) or self._known_with_hint(text) or text

    def _known(self, text: str) -> str | None:
        found = self._recogniser.find(text)
        return None if found is None else fill(self.text(found[0]), found[1])

    def _known_with_hint(self, text: str) -> str | None:
        """An error as it shows itself, `message (hint)`."""
        for place in (found.start() for found in re.finditer(r" \(", text) if text.endswith(")")):
            message, hint = self._known(text[:place]), self._known(text[place + 2 : -1])
            if message is not None and hint is not None:
                return f"{message}（{hint}）"
        return None

    @cached_property
    def _recogniser(self) -> "Recogniser":
        from crmbridge.report.i18n.recognise import Recogniser  # noqa: PLC0415 - only where a reason is shown

        known: dict[str, str] = getattr(self._texts, "_catalog", {})
        return Recogniser(template for template in known if template)


def _closed_up(template: str, values: Mapping[str, object]) -> str:
    """The template without the spaces that stand between Chinese and a value that is Chinese there itself."""

    def is_chinese(name: str, place: int) -> bool:
        value = values.get(name)
        return isinstance(value, str) and bool(value) and "\u4e00" <= value[place] <= "\u9fff"

    found = [(one.start(), one[1], 0) for one in _BEFORE.finditer(template)]
    found += [(one.end() - 1, one[1], -1) for one in _AFTER.finditer(template)]
    for at, name, place in sorted(found, reverse=True):
        if is_chinese(name, place):
            template = template[:at] + template[at + 1 :]
    return template


def fill(template: str, params: Mapping[str, Any]) -> str:
    """The template with its values. One that cannot be filled is shown as it is: it must not hide what it reports."""
    try:
        return template.format(**params)
    except (KeyError, IndexError, ValueError, AttributeError):
        return f"{template} {dict(params)}"


@cache
def catalog(language: str) -> Catalog:
    """The texts of a language; English for one that we do not speak."""
    return Catalog(language, gettext.translation(DOMAIN, LOCALE_DIR, [language], fallback=True))
