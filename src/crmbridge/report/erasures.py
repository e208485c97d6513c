"""Who is erased and what goes, for people; and what retention lets go."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

_PRUNED_WRITE = mark("the values of this write are not kept any more")
_COLUMNS = (
    Column("place", mark("place")),
    Column("gone", mark("deleted"), "count"),
    Column("cleaned", mark("written without them"), "count"),
)
_PRUNED = (
    Column("table", mark("table")),
    Column("what", mark("what")),
    Column("days", mark("kept for days"), "count"),
    Column("rows", mark("rows"), "count"),
)


def erasure_listing(
    gone: Mapping[str, int], cleaned: Mapping[str, int], files: Iterable[str], *, left: Sequence[Path], is_done: bool
) -> Listing:
    """What goes, place by place; `left` are files that only a person may change."""
    places = sorted({name for told in (gone, cleaned) for name, count in told.items() if count})
    rows: list[dict[str, object]] = [
        {"place": name, "gone": gone.get(name, 0), "cleaned": cleaned.get(name, 0)} for name in places
    ]
    rows += [{"place": file, "gone": 1, "cleaned": 0} for file in files]
    text = mark("{file} holds the person too, and is not crmbridge's to change")
    notes = tuple(Note("LEFT", text, {"file": str(file)}) for file in left)
    return Listing("erase/1" if is_done else "erase-look/1", _COLUMNS, tuple(rows), warnings=notes)


def pruned_listing(rows: Iterable[Mapping[str, object]]) -> Listing:
    """What went, or would go, one row each."""
    return Listing("db-prune/1", _PRUNED, tuple(dict(row) for row in rows), empty=mark("nothing is old enough to go"))
