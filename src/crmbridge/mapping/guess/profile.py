"""What the records of an object hold, column by column: how full, how different, which values how often.

Memory is bounded: so many records are looked at, and of each column so many different values are kept.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

MAX_RECORDS = 100_000
MAX_VALUES = 20_000
MAX_ROWS = 2_000
_LONGEST = 400

Payload = Mapping[str, object]


@dataclass(slots=True)
class Column:
    """One column. `values` counts its different cells, `hashes` all of them while none repeats."""

    filled: int = 0
    values: Counter[str] = field(default_factory=Counter)
    hashes: set[int] | None = field(default_factory=set)
    is_capped: bool = False

    def take(self, value: object) -> None:
        """Remembers a cell; blanks are only not counted."""
        if value is None or isinstance(value, (dict, list)):
            return
        text = (value if isinstance(value, str) else str(value)).strip()[:_LONGEST]
        if not text:
            return
        self.filled += 1
        if self.hashes is not None:
            known = hash(text)
            if known in self.hashes:
                self.hashes = None
            else:
                self.hashes.add(known)
        if text in self.values or len(self.values) < MAX_VALUES:
            self.values[text] += 1
        else:
            self.is_capped = True

    def holds(self, text: str) -> bool:
        """Whether a cell says so, as far as cells were kept."""
        return text in self.values or (self.hashes is not None and hash(text) in self.hashes)

    @property
    def examples(self) -> list[str]:
        """The commonest values."""
        return [value for value, _ in self.values.most_common(5)]


@dataclass(slots=True)
class Sample:
    """The records of one object, as far as they were looked at. `rows` are the first of them, whole."""

    records: int = 0
    is_whole: bool = True
    columns: dict[str, Column] = field(default_factory=dict)
    rows: list[Payload] = field(default_factory=list)

    def column(self, name: str) -> Column:
        """The column of that name; an empty one where no record has it."""
        return self.columns.get(name) or Column()

    def is_key(self, name: str) -> bool:
        """Whether every record has a value there, and each another one, as far as all records were seen."""
        column = self.columns.get(name)
        return bool(column and column.hashes and self.is_whole and column.filled == self.records)


def sample(payloads: Iterable[Payload], most: int = MAX_RECORDS) -> Sample:
    """A sample of the first `most` records of an object."""
    found = Sample()
    records = iter(payloads)
    for payload in islice(records, most):
        found.records += 1
        if len(found.rows) < MAX_ROWS:
            found.rows.append(payload)
        for name, value in payload.items():
            column = found.columns.get(name)
            if column is None:
                column = found.columns[name] = Column()
            column.take(value)
    found.is_whole = next(records, None) is None
    return found
