"""One reading of an object: every row of its files, in order, as a record, a problem, or nothing.

This is the hot path (a million rows in seconds): the loop below does its checks inline and in the order in which
they are cheap. Memory stays bounded by the page, the joined files, and about 20 bytes for each different key.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from itertools import chain

import xxhash

from crmbridge.adapter.contract import Problem, RawRecord
from crmbridge_csv.files import Source, Stamp, changed
from crmbridge_csv.joins import Joined, KeyOf
from crmbridge_csv.opening import open_table
from crmbridge_csv.plan import Plan
from crmbridge_csv.problems import conflicting, faulty, keyless, no_text, ragged
from crmbridge_csv.seen import Seen
from crmbridge_csv.shape import cleaner, revision_of, shape_of
from crmbridge_csv.table import Table

Item = RawRecord | Problem | None
"""What became of one row; None is a row left out by declaration, and counted."""

_HASH_BITS = (1 << 60) - 1


class Reading:
    """One pass over the files of a plan. `stamps` are how the files have to stand, where that is known already."""

    def __init__(
        self, plan: Plan, *, known: Callable[[str], bool] = lambda _: True, stamps: Mapping[Source, Stamp] | None = None
    ) -> None:
        self._plan = plan
        self._known = known
        self._stamps = stamps or {}
        self._table: Table | None = None
        self._seen = Seen()
        self._occurrences: dict[int, int] = {}
        self._told: set[tuple[int, str]] = set()
        self.counts: Counter[str] = Counter()
        self.records = 0
        self.has_gaps = False

    def items(self) -> Generator[Item]:
        """What became of each row. Unavailable where a file changes meanwhile, ConfigError for a missing column."""
        joined = []
        for join, source, layout in self._plan.joined():
            part = Joined(join, source)
            yield from part.load(layout, cleaner(layout.padding, escaped=self._plan.escaped))
            self.counts["join_repeats"] += part.repeats
            joined.append(part)
        for source in self._plan.sources():
            with open_table(source, self._plan.layout) as table:
                if table.opened != self._stamps.get(source, table.opened):
                    raise changed(source)
                self._table = table
                yield from self._rows(table, joined)
                table.verify()
                self._table = None
                self.counts.update(table.seen)

    def verify(self) -> None:
        """Unavailable where the file being read has changed since it was opened."""
        if self._table:
            self._table.verify()

    def _rows(self, table: Table, joined: Sequence[Joined]) -> Iterator[Item]:  # noqa: C901, PLR0912, PLR0915 - the hot loop
        if not table.names:
            self.counts["empty_files"] += 1
            self.has_gaps = True
            return
        shape = shape_of(self._plan, table, self._known)
        joins = self._joins(table, joined)
        name, file, header, width = self._plan.name, table.source.name, table.header, len(table.names)
        names, pick, key_at, key_of = shape.names, shape.pick, shape.key_at, shape.key_of
        clean, is_total, modified_of = shape.clean, shape.is_total, shape.modified_of
        nuls, is_each = len(names) - 1, self._plan.options.duplicates == "each"
        counts, seen = self.counts, self._seen.meet
        digest = xxhash.xxh3_64_hexdigest  # what revision_of does, without a call for each row
        for line, _, row, fault in table.rows:
            if fault is not None:
                self.has_gaps = True
                yield faulty(table, line, fault)
                continue
            cells = clean(row) if clean is not None else row
            if is_total is not None and is_total(cells):
                counts["totals"] += 1
                yield None
                continue
            if len(cells) != width:
                yield self._odd(table, line, cells)
                continue
            kept = pick(cells) if pick is not None else cells
            text = "\0".join(kept)
            try:
                revision = digest(text.encode())
            except UnicodeEncodeError:
                yield self._no_text(table, line, cells)
                continue
            if text.count("\0") != nuls:
                yield self._no_text(table, line, cells)
                continue
            key = cells[key_at] if key_at is not None else key_of(cells, text)
            if not key or key.isspace():
                yield self._keyless(table, line, cells)
                continue
            if row == header:
                counts["headers"] += 1
                yield None
                continue
            payload = dict(zip(names, kept))  # noqa: B905 - as many: looked at above, and the keyword costs half as much again
            if joins:
                found = [other.get(left(cells)) for left, other in joins]
                text = _joined_text(text, found)
                revision = revision_of(text)
                for values in found:
                    payload.update(values or {})
            if is_each:
                key = self._numbered(key)
            else:
                before = seen(key, revision)
                if before is not None:
                    yield self._again(table, line, cells, key, revision, is_same=before == revision)
                    continue
            self.records += 1
            yield RawRecord(
                name,
                key,
                payload,
                revision,
                None if modified_of is None else modified_of(cells),
                False,
                f"{file}:{line}",
            )

    def _joins(self, table: Table, joined: Sequence[Joined]) -> list[tuple[KeyOf, dict[object, dict[str, str]]]]:
        for part in joined:
            part.check(table, self._known)
        return [(part.left(table), part.rows) for part in joined]

    def _odd(self, table: Table, line: int, cells: list[str]) -> Item:
        if not any(cells):
            self.counts["blank_rows"] += 1 if cells else 0
            return None
        self.has_gaps = True
        return ragged(table, line, cells)

    def _no_text(self, table: Table, line: int, cells: list[str]) -> Item:
        self.has_gaps = True
        return no_text(table, line, cells)

    def _keyless(self, table: Table, line: int, cells: list[str]) -> Item:
        if not any(cells):
            self.counts["blank_rows"] += 1
            return None
        if self._plan.options.skips_blank_keys:
            self.counts["blank_keys"] += 1
            return None
        self.has_gaps = True
        return keyless(table, line, cells, ", ".join(self._plan.options.key))

    def _numbered(self, key: str) -> str:
        """The key of one occurrence: KEY, KEY#2, KEY#3 and so on, never one that is taken."""
        short = hash(key) & _HASH_BITS
        number = self._occurrences.get(short, 0) + 1
        candidate = key if number == 1 else f"{key}#{number}"
        while number > 1 and hash(candidate) & _HASH_BITS in self._occurrences:
            number += 1
            candidate = f"{key}#{number}"
        self._occurrences[short] = number
        if number > 1:
            self._occurrences[hash(candidate) & _HASH_BITS] = 1
        return candidate

    def _again(self, table: Table, line: int, cells: list[str], key: str, revision: str, *, is_same: bool) -> Item:
        """A key met before: the same row counts once, another row under it is a conflict, told once."""
        if is_same:
            self.counts["duplicates"] += 1
            return None
        hashes = hash(key), revision
        if hashes in self._told:
            return None
        self._told.add(hashes)
        return conflicting(table, line, cells, key)


def _joined_text(text: str, found: Sequence[dict[str, str] | None]) -> str:
    """The cells of a row and of what was joined to it; the flags at the end keep absent apart from blank."""
    parts = [text, *("\0".join(values.values()) for values in found if values is not None)]
    return "\0".join([*parts, "".join("0" if values is None else "1" for values in found)])


def columns_of(plan: Plan) -> list[str]:
    """All columns that the files of an object have now, joined ones too, each once."""
    own: dict[str, None] = {}
    for source in plan.sources():
        with open_table(source, plan.layout) as table:
            own |= dict.fromkeys(table.names)
    for join, source, layout in plan.joined():
        with open_table(source, layout) as table:
            own |= dict.fromkeys(ours for ours, theirs in join.columns.items() if theirs in table.names)
    return list(own)


def payload_columns(plan: Plan, columns: Sequence[str]) -> list[str]:
    """The columns that the records of an object have, of all that its files have."""
    options = plan.options
    if options.projection is None:
        return list(columns)
    keys = () if options.is_content_key else options.key
    joined = chain.from_iterable(join.columns for join in options.join)
    return [name for name in dict.fromkeys([*keys, *options.projection, *joined]) if name in columns]
