"""A pack as a file, by the ending of its name: a page, Markdown, a workbook, CSV or JSON."""

from collections.abc import Callable, Mapping
from pathlib import Path

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.report import delimited, documents, pack_book
from crmbridge.report.i18n import Catalog, catalog
from crmbridge.report.pack import Pack, markdown, pack_listing
from crmbridge.report.pack_page import page

Writer = Callable[[Pack, Catalog], bytes]
MARKDOWN = "-"
"""The name of standard output, which gets Markdown."""


def writer(file: Path) -> Writer:
    """What writes a file of that name; ConfigError with the nearest ending where nothing does."""
    ending = ".md" if str(file) == MARKDOWN else file.suffix.lower()
    if ending in _WRITERS:
        return _WRITERS[ending]
    raise ConfigError(
        "no pack is written as {file}",
        file=file.name,
        nearest=suggestion(ending, list(_WRITERS)) or ".html",
        hint="did you mean {nearest}?",
    )


def _html(pack: Pack, texts: Catalog) -> bytes:
    return page(pack, texts).encode("utf-8")


def _markdown(pack: Pack, texts: Catalog) -> bytes:
    return markdown(pack, texts).encode("utf-8")


def _json(pack: Pack, _: Catalog) -> bytes:
    return documents.dump(documents.document(pack_listing(pack), catalog("en")), pretty=True) + b"\n"


def _csv(pack: Pack, texts: Catalog) -> bytes:
    """As `--format csv` says it, with a byte order mark, so that spreadsheets read it as UTF-8."""
    rows = (documents.flat(row) for row in documents.rows(pack_listing(pack), texts))
    return delimited.text(rows).encode("utf-8-sig")


_WRITERS: Mapping[str, Writer] = {
    ".html": _html,
    ".md": _markdown,
    ".xlsx": pack_book.workbook,
    ".csv": _csv,
    ".json": _json,
}
