"""One object of the configuration, ready to be read: its files, their layout, and what makes a record."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from crmbridge.adapter.context import AdapterContext
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge_csv.config import CsvOptions, JoinOptions, ObjectOptions
from crmbridge_csv.files import Source, locate
from crmbridge_csv.scan import Dialect
from crmbridge_csv.table import PADDING, Layout

READER_VERSION = 1
"""Raised when the same file and options would yield other records, so that every file is read again."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One object. `fingerprint` changes when its records could, whatever its files hold."""

    name: str
    options: ObjectOptions
    folder: Path
    layout: Layout
    escaped: bool
    zone: str
    page_size: int
    fingerprint: str = field(compare=False)

    def sources(self) -> list[Source]:
        """The files that hold its rows; Unavailable where there are none."""
        return locate(self.folder, self.options.file)

    def joined(self) -> list[tuple[JoinOptions, Source, Layout]]:
        """The files joined to its rows, each one file."""
        return [(join, self._joined(join), self._layout_of(join)) for join in self.options.join]

    def _joined(self, join: JoinOptions) -> Source:
        found = locate(self.folder, join.file)
        if len(found) > 1:
            raise ConfigError(
                "object {object} joins {file}, which are {count} files",
                object=self.name,
                file=join.file,
                count=len(found),
            )
        return found[0]

    def _layout_of(self, join: JoinOptions) -> Layout:
        dialect = Dialect(join.separator or self.layout.dialect.separator, self.layout.dialect.quote)
        return Layout(
            join.encoding or self.layout.encoding, dialect, self.layout.padding, join.preamble, sheet=join.sheet
        )


def plan_of(context: AdapterContext, options: CsvOptions, name: str) -> Plan:
    """The plan of one object; ConfigError with the nearest name where there is no such object."""
    if name not in options.objects:
        raise ConfigError(
            "{connection} has no object {object}",
            connection=context.connection,
            object=name,
            nearest=suggestion(name, options.objects),
            hint="did you mean {nearest}?",
        )
    own = options.objects[name]
    layout = Layout(
        encoding=own.encoding or options.encoding,
        dialect=Dialect(own.separator or options.separator, options.quote),
        padding=PADDING[own.padding or options.padding],
        preamble=own.preamble,
        header=own.header_names,
        sheet=own.sheet,
    )
    escaped = options.escape == "excel"
    told = f"{READER_VERSION}\0{own.model_dump_json()}\0{layout}\0{escaped}\0{context.zone}"
    return Plan(
        name=name,
        options=own,
        folder=context.workspace / options.path,
        layout=layout,
        escaped=escaped,
        zone=context.zone,
        page_size=options.page_size,
        fingerprint=hashlib.blake2b(told.encode(), digest_size=8).hexdigest(),
    )
