"""One language's texts. English is its own catalog; Chinese is read from the compiled file when first asked for."""

import gettext
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmbridge.report.i18n.recognise import Recogniser

DOMAIN = "crmbridge"
PREFIX = "{file}:{line}: {key}: "
"""Where a problem stands in a file: put before a template, so not part of what is translated."""
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
        return before + self._texts.gettext(rest) if rest else before

    def message(self, template: str, params: Mapping[str, object] | None = None) -> str:
        """The template in this language with its values. A reason that is itself a known text is translated too."""
        if not params:
            return self.text(template)
        return fill(self.text(template), {name: self._value(name, value) for name, value in params.items()})

    def _value(self, name: str, value: object) -> object:
        return self.reason(value) if name == "reason" and isinstance(value, str) else value

    def reason(self, text: str) -> str:
        """A finished English sentence in this language, where it is one of our templates filled in."""
        found = None if self.language == "en" else self._recogniser.find(text)
        return text if found is None else fill(self.text(found[0]), found[1])

    @cached_property
    def _recogniser(self) -> "Recogniser":
        from crmbridge.report.i18n.recognise import Recogniser  # noqa: PLC0415 - only where a reason is shown

        known: dict[str, str] = getattr(self._texts, "_catalog", {})
        return Recogniser(template for template in known if template)


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
