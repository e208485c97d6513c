"""A listing on standard output, as a table, JSON, NDJSON or CSV. Warnings stand in the JSON, else on standard error.

A terminal gets colours and frames from rich (not under NO_COLOR); a file or a pipe gets plain lines. JSON, NDJSON and
CSV say the same in every locale: only an explicit --lang zh makes their messages Chinese.
"""

import sys
from collections.abc import Iterable, Mapping

from crmbridge.cli import language
from crmbridge.cli.command import Format
from crmbridge.report import delimited, documents, tables, words
from crmbridge.report.i18n import Catalog, catalog, mark
from crmbridge.report.listing import Listing

_SAID = {
    "remark": mark("note: {message}"),
    "warning": mark("warning: {message}"),
    "question": mark("question: {message}"),
}


def show(listing: Listing, form: Format, asked_language: str | None) -> None:
    """Prints the listing."""
    fixed = catalog(asked_language or "en")
    if form == "json":
        write(documents.dump(documents.document(listing, fixed), pretty=True))
        return
    if form == "ndjson":
        for row in documents.rows(listing, fixed):
            write(documents.dump(row))
    elif form == "csv":
        sys.stdout.write(delimited.text(documents.flat(row) for row in documents.rows(listing, fixed)))
    else:
        show_tables(listing, language.texts())
    tell_warnings(listing, language.texts())


def write(line: bytes) -> None:
    """One line of UTF-8 on standard output, whatever the terminal's own encoding is."""
    sys.stdout.flush()
    sys.stdout.buffer.write(line + b"\n")


def show_tables(listing: Listing, texts: Catalog) -> None:
    """Prints the tables, for people."""
    for line in heading(listing, texts):
        print_line(line)
    shown = tables.tables(listing, texts)
    if not any(table.rows for table in shown):
        print_line(texts.text(listing.empty or mark("nothing to show")))
    elif sys.stdout.isatty():
        from crmbridge.cli import framed  # noqa: PLC0415 - rich is slow to import, and only for terminals

        framed.show(shown)
    else:
        print_lines(table for table in shown if table.rows)
    if listing.explain is not None:
        for name, value in listing.explain.items():
            said = words.cell(_in_words(value, texts) if name == "definition" else value, "json", texts)
            print_line(words.pair(texts.text(name), said, texts))


def _in_words(definition: object, texts: Catalog) -> object:
    if isinstance(definition, Mapping):
        return {name: texts.text(str(said)) for name, said in definition.items()}
    return definition


def heading(listing: Listing, texts: Catalog) -> list[str]:
    """What the figures are of, and as of when."""
    parts = [texts.text(listing.title)] if listing.title else []
    if listing.as_of is not None:
        parts.append(texts.message(mark("as of {time}"), {"time": words.instant(listing.as_of)}))
    if listing.window:
        parts += [
            words.pair(texts.text(name).replace("_", " "), words.cell(value, "word", texts), texts)
            for name, value in listing.window.items()
            if value is not None
        ]
    return [" · ".join(parts), ""] if parts else []


def print_lines(shown: Iterable[tables.Table]) -> None:
    """Prints plain tables, an empty line between two."""
    for number, table in enumerate(shown):
        if number:
            print_line("")
        for line in tables.plain(table):
            print_line(line)


def print_line(line: str) -> None:
    """One line; what the terminal's encoding cannot say is written out."""
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, errors="backslashreplace").decode(encoding))  # noqa: T201 - results go to standard output


def tell_warnings(listing: Listing, texts: Catalog) -> None:
    """Each warning on a line of standard error; what asks for an answer stands nearest to the prompt."""
    for note in sorted(listing.warnings, key=lambda note: list(_SAID).index(note.sort)):
        message = texts.message(note.template, note.params)
        print(texts.message(_SAID[note.sort], {"message": message}), file=sys.stderr)  # noqa: T201
