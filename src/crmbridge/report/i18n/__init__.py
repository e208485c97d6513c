"""Texts in the reader's language. A message is an English template and its values; the template is the gettext key.

Nothing is translated before it is shown: errors, notes and headings travel as templates, and the edge asks a catalog.
`tools/catalog.py` finds every template in the source and keeps `locale/zh/LC_MESSAGES/crmbridge.po` complete.
"""

from collections.abc import Mapping

from crmbridge.report.i18n.catalog import Catalog, catalog

__all__ = ["LANGUAGES", "Catalog", "catalog", "choose", "mark"]

LANGUAGES = ("en", "zh")


def mark(text: str) -> str:
    """The text itself: says to the extraction that people read it, so that it gets a Chinese one."""
    return text


def choose(asked: str | None, environ: Mapping[str, str]) -> str:
    """The language to speak: the one asked for, else the machine's (`LC_ALL`, `LC_MESSAGES`, `LANG`), else English."""
    if asked in LANGUAGES:
        return asked
    spoken = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "zh" if spoken.lower().startswith("zh") else "en"
