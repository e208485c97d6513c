"""Columns that come from a second file: held in memory by key, added where the key is found, else absent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from crmbridge.adapter.contract import Problem
from crmbridge.model.errors import ConfigError
from crmbridge_csv.config import JoinOptions
from crmbridge_csv.files import Source
from crmbridge_csv.opening import open_table
from crmbridge_csv.problems import faulty, is_no_text, no_text, ragged
from crmbridge_csv.table import Layout, Table

KeyOf = Callable[[Sequence[str]], object]
"""The value two files are joined by: one cell, or several."""


@dataclass(slots=True)
class Joined:
    """The wanted columns of one second file. `absent` are those it lacks; `repeats` counts keys met again."""

    options: JoinOptions
    source: Source
    rows: dict[object, dict[str, str]] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    repeats: int = 0

    def left(self, table: Table) -> KeyOf:
        """How the key is read from a row of our own file; ConfigError where a column is missing there."""
        return itemgetter(*(table.index(name) for name in self.options.on.left))

    def load(self, layout: Layout, clean: Callable[[list[str]], list[str]] | None) -> Iterator[Problem]:
        """Reads the file whole; yields what could not be read of it. The first row of a key counts."""
        with open_table(self.source, layout) as table:
            if not table.names:
                self.absent = tuple(self.options.columns)
                return
            key_of: KeyOf = itemgetter(*(table.index(name) for name in self.options.on.right))
            wanted = {ours: theirs for ours, theirs in self.options.columns.items() if theirs in table.names}
            self.names = tuple(wanted)
            self.absent = tuple(ours for ours in self.options.columns if ours not in wanted)
            places = [(ours, table.index(theirs)) for ours, theirs in wanted.items()]
            for line, _, row, fault in table.rows:
                cells = clean(row) if clean and not fault else row
                if fault or (cells and len(cells) != len(table.names)):
                    yield faulty(table, line, fault) if fault else ragged(table, line, cells)
                elif cells:
                    yield from self._keep(table, line, key_of(cells), {ours: cells[at] for ours, at in places})
            table.verify()

    def _keep(self, table: Table, line: int, key: object, values: dict[str, str]) -> Iterator[Problem]:
        if is_no_text("".join(values.values())):
            yield no_text(table, line, list(values.values()))
        elif key in self.rows:
            self.repeats += 1
        else:
            self.rows[key] = values

    def check(self, table: Table, known: Callable[[str], bool]) -> None:
        """ConfigError where a joined column hides one of our own, or never was in the other file."""
        for ours in self.options.columns:
            if ours in table.names:
                raise ConfigError(
                    "{file} has a column {column} of its own, and {other} is joined with one of that name",
                    file=table.source.name,
                    column=ours,
                    other=self.source.name,
                    hint='name it differently: columns = {{ other_{column} = "{column}" }}',
                )
        for ours in self.absent:
            if not known(ours):
                raise self._missing(self.options.columns[ours])

    def _missing(self, column: str) -> ConfigError:
        return ConfigError(
            "{file} has no column {column}, which is to be joined",
            file=self.source.name,
            column=column,
            hint="crmbridge fields lists what each file has",
        )
