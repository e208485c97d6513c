"""One file as a table: a header, and the rows under it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from crmbridge.model.errors import ConfigError, nearest, render
from crmbridge_csv import encodings
from crmbridge_csv.encodings import Codec
from crmbridge_csv.files import Source, Stamp, changed, stamp
from crmbridge_csv.scan import Dialect, Scanned, scan

PADDING = {"none": "", "tabs": "\t", "spaces": " ", "both": "\t "}
_OTHER_SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "pipe"}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written: what its object's options say. `header` is None where the file has one of its own."""

    encoding: str | None = None
    dialect: Dialect = field(default_factory=Dialect)
    padding: str = ""
    preamble: int = 0
    header: tuple[str, ...] | None = None
    sheet: str | int | None = None


@dataclass(slots=True)
class Table:
    """An open file. `names` are its columns, made different; `header` its header cells as they are written.

    A file of no bytes has no columns. `rows` yields the rows under the header, once; `after` is the line after the
    header. `seen` counts what was passed over on the way.
    """

    source: Source
    layout: Layout
    codec: Codec
    sample: bytes
    names: tuple[str, ...]
    header: list[str] | None
    rows: Iterator[Scanned]
    after: int
    seen: Counter[str]
    descriptor: int = -1
    opened: Stamp | None = None

    def index(self, column: str) -> int:
        """Where a column is; ConfigError with the nearest one, and with what may be declared wrongly."""
        if column in self.names:
            return self.names.index(column)
        raise missing_column(self, column)

    def verify(self) -> None:
        """Unavailable where the file has changed since it was opened."""
        if self.opened and stamp(self.source, self.descriptor) != self.opened:
            raise changed(self.source)


def read_header(source: Source, layout: Layout, codec: Codec, lines: Iterator[str], *, sample: bytes = b"") -> Table:
    """The table of some lines, its preamble and header read."""
    seen: Counter[str] = Counter()
    skipped = sum(1 for _ in islice(lines, layout.preamble))
    rows = scan(lines, layout.dialect, skipped + 1, seen)
    header, after = (None, skipped + 1) if layout.header else _header(source, rows, skipped + 1)
    cells = [cell.strip(layout.padding) for cell in header] if header and layout.padding else header
    names = different(list(layout.header or cells or ()))
    return Table(source, layout, codec, sample, names, header, rows, after, seen)


def _header(source: Source, rows: Iterator[Scanned], line: int) -> tuple[list[str] | None, int]:
    """The first row that is not blank, and the line after it."""
    after = line
    for at, after, cells, fault in rows:
        if fault:
            raise ConfigError(
                "{file}:{line} is no header: {reason}",
                file=source.name,
                line=at,
                reason=render(fault.message, dict(fault.params)),
                hint="are quote and preamble declared as the file has them?",
            )
        if any(cells):
            return cells, after
    return None, after


def different(names: list[str]) -> tuple[str, ...]:
    """The names, the second of two equal ones as "name#2"; a column without a name is "column#POSITION"."""
    taken = set(names)
    used: dict[str, None] = {}
    for position, written in enumerate(names, start=1):
        first = name = written or f"column#{position}"
        number = 2
        while name in used or (name != written and name in taken):
            name, number = f"{first}#{number}", number + 1
        used[name] = None
    return tuple(used)


def missing_column(table: Table, column: str) -> ConfigError:
    """The error of a column that a file does not have, with the likeliest reason."""
    file, names = table.source.name, table.names
    written = list(dict.fromkeys(name.partition("#")[0] for name in names if not name.startswith("column#")))
    only = written[0] if len(written) == 1 else ""
    near = nearest(column, names)
    if encoding := encodings.looks_like(table.sample, column, table.codec.name):
        return ConfigError(
            "{file} has no column {column}",
            file=file,
            column=column,
            nearest=encoding,
            hint="the file looks like {nearest}: declare encoding",
        )
    if separator := next((name for sign, name in _OTHER_SEPARATORS.items() if sign in only), None):
        return ConfigError(
            "{file} has no column {column}",
            file=file,
            column=column,
            nearest=separator,
            hint="its header is one cell: is the separator {nearest}?",
        )
    if only and near is None and not table.layout.preamble:
        return ConfigError(
            "{file} has no column {column}",
            file=file,
            column=column,
            nearest=only,
            hint="its first line is {nearest}: are there lines above the header (preamble)?",
        )
    return ConfigError(
        "{file} has no column {column}",
        file=file,
        column=column,
        nearest=near or ", ".join(names[:20]) or "-",
        hint="did you mean {nearest}?",
    )
