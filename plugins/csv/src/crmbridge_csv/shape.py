"""How a row of one file becomes a record of one object: worked out once for each file, used for every row."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from operator import itemgetter
from zoneinfo import ZoneInfo

import xxhash

from crmbridge.model.errors import ConfigError, suggestion
from crmbridge_csv.escape import MARK, unescape
from crmbridge_csv.plan import Plan
from crmbridge_csv.table import Table

JOINT = "|"
Clean = Callable[[list[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Shape:
    """One file seen as one object.

    `names` are the payload's columns and `pick` chooses their cells (None: all of them as they come). `key_at` is
    where the key stands among all cells, when it is one column; `key_of` makes it from several, or from the content.
    """

    names: tuple[str, ...]
    pick: Callable[[Sequence[str]], Sequence[str]] | None
    key_at: int | None
    key_of: Callable[[Sequence[str], str], str]
    clean: Clean | None
    is_total: Callable[[Sequence[str]], bool] | None
    modified_of: Callable[[Sequence[str]], datetime | None] | None


def shape_of(plan: Plan, table: Table, known: Callable[[str], bool]) -> Shape:
    """The shape of a file; ConfigError where a column is missing that never was there. `known` tells whether it was."""
    options = plan.options
    names, pick = table.names, None
    keys = [] if options.is_content_key else [table.index(name) for name in options.key]
    if options.projection is not None:
        for column in options.projection:
            if column not in table.names and not known(column):
                table.index(column)
        wanted = dict.fromkeys([*([] if options.is_content_key else options.key), *options.projection])
        names = tuple(name for name in wanted if name in table.names)
        pick = _picker([table.index(name) for name in names])
    modified = None
    if options.modified is not None and (options.modified in table.names or not known(options.modified)):
        modified = _modified(table.index(options.modified), options.modified_format, plan.zone)
    return Shape(
        names=names,
        pick=pick,
        key_at=keys[0] if len(keys) == 1 else None,
        key_of=_content_key if options.is_content_key else _several(keys),
        clean=cleaner(table.layout.padding, escaped=plan.escaped),
        is_total=_total(options.total) if options.total else None,
        modified_of=modified,
    )


def revision_of(text: str) -> str:
    """The revision of a row from its cells, joined by NUL, which no cell contains."""
    return xxhash.xxh3_64_hexdigest(text.encode())


def cleaner(padding: str, *, escaped: bool) -> Clean | None:
    """What is done to the cells of every row: declared padding and marks of ours go; None where nothing is."""
    if not padding and not escaped:
        return None

    def clean(cells: list[str]) -> list[str]:
        stripped = [cell.strip(padding) for cell in cells] if padding else cells
        return [unescape(cell) if MARK in cell else cell for cell in stripped] if escaped else stripped

    return clean


def joint_key(parts: Sequence[str]) -> str:
    """One key from several cells, such that no two rows of different cells share it; "" where all are blank."""
    if not any(part and not part.isspace() for part in parts):
        return ""
    return JOINT.join(part.replace("%", "%25").replace(JOINT, "%7C") if JOINT in part else part for part in parts)


def _content_key(_: Sequence[str], text: str) -> str:
    return xxhash.xxh3_128_hexdigest(text.encode()) if text.strip("\0") else ""


def _several(places: Sequence[int]) -> Callable[[Sequence[str], str], str]:
    return lambda cells, _: joint_key([cells[place] for place in places])


def _picker(places: Sequence[int]) -> Callable[[Sequence[str]], Sequence[str]]:
    if len(places) == 1:
        only = places[0]
        return lambda cells: (cells[only],)
    return itemgetter(*places)


def _total(labels: Sequence[str]) -> Callable[[Sequence[str]], bool]:
    wanted = {fold(label) for label in labels}

    def is_total(cells: Sequence[str]) -> bool:
        first = next((cell for cell in cells if cell and not cell.isspace()), "")
        return fold(first) in wanted

    return is_total


def fold(label: str) -> str:
    """A label as totals are compared: without case, width, spaces around it and a colon after it."""
    return unicodedata.normalize("NFKC", label).casefold().strip().rstrip(":").rstrip()


def _modified(place: int, pattern: str | None, zone: str) -> Callable[[Sequence[str]], datetime | None]:
    local: tzinfo = ZoneInfo(zone)

    def modified_of(cells: Sequence[str]) -> datetime | None:
        text = cells[place].strip()
        try:
            # A pattern without a zone means the workspace's own.
            found = datetime.strptime(text, pattern) if pattern else datetime.fromisoformat(text)  # noqa: DTZ007
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=local)

    return modified_of


def known_field(names: Sequence[str], column: str, plan: Plan) -> None:
    """ConfigError with the nearest column where an object has none of that name."""
    if column not in names:
        near = suggestion(column, names)
        raise ConfigError(
            "{object} has no column {column}",
            object=plan.name,
            column=column,
            nearest=near,
            hint="did you mean {nearest}?",
        )
