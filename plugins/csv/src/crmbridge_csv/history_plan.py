"""The stage history of one object, ready to be read: its files, their layout, and what its columns mean."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

from crmbridge.adapter.context import AdapterContext
from crmbridge.model.instants import zone
from crmbridge_csv.config import CsvOptions, HistoryOptions
from crmbridge_csv.files import Source, locate
from crmbridge_csv.moments import Moment, moments
from crmbridge_csv.plan import READER_VERSION, plan_of
from crmbridge_csv.shape import joint_key
from crmbridge_csv.table import PADDING, Layout, Table

Pick = Callable[[Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Columns:
    """How the cells of one file's rows are read; what the options do not name is always empty."""

    record: Pick
    entered: Pick
    left: Pick
    at: Pick
    by: Pick
    pipeline: Pick
    key: Pick | None


@dataclass(frozen=True, slots=True)
class HistoryPlan:
    """One file of history, or several of the same kind. `fingerprint` changes when its changes could."""

    object: str
    options: HistoryOptions
    folder: Path
    layout: Layout
    escaped: bool
    page_size: int
    read_time: Callable[[str], Moment | None] = field(compare=False)
    fingerprint: str = field(compare=False)

    def sources(self) -> list[Source]:
        """The files; Unavailable where there are none."""
        return locate(self.folder, self.options.file)

    def columns(self, table: Table) -> Columns:
        """Where the columns are in one of the files; ConfigError with the nearest where one is missing."""
        options = self.options
        for name in options.columns:
            table.index(name)
        return Columns(
            record=_record(table, options.record),
            entered=itemgetter(table.index(options.to)),
            left=_optional(table, options.from_),
            at=itemgetter(table.index(options.at)),
            by=_optional(table, options.by),
            pipeline=_optional(table, options.pipeline),
            key=None if options.key is None else itemgetter(table.index(options.key)),
        )


def history_plan(context: AdapterContext, options: CsvOptions, name: str) -> HistoryPlan | None:
    """The history of an object, None where it has none; ConfigError with the nearest name for an unknown object."""
    plan = plan_of(context, options, name)
    own = plan.options.history
    if own is None:
        return None
    layout = Layout(
        encoding=own.encoding or options.encoding,
        dialect=plan.layout.dialect
        if own.separator is None
        else type(plan.layout.dialect)(own.separator, options.quote),
        padding=PADDING[own.padding or options.padding],
        preamble=own.preamble,
        header=own.header,
        sheet=own.sheet,
    )
    where = own.zone or context.zone
    told = f"history\0{READER_VERSION}\0{own.model_dump_json()}\0{layout}\0{plan.escaped}\0{where}"
    return HistoryPlan(
        object=name,
        options=own,
        folder=plan.folder,
        layout=layout,
        escaped=plan.escaped,
        page_size=plan.page_size,
        read_time=moments(own.format, zone(where)),
        fingerprint=hashlib.blake2b(told.encode(), digest_size=8).hexdigest(),
    )


def _record(table: Table, names: Sequence[str]) -> Pick:
    """The key of the record, as its own row has it."""
    places = [table.index(name) for name in names]
    if len(places) == 1:
        return itemgetter(places[0])
    return lambda cells: joint_key([cells[place] for place in places])


def _optional(table: Table, name: str | None) -> Pick:
    return (lambda _: "") if name is None else itemgetter(table.index(name))
