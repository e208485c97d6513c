"""Which connection gets what a service wants: a task the system where its record was first, a figure all that show it.

A task stays with the connection that was given it once. Nothing is routed to a connection beyond what it was granted;
what can go nowhere is told, with the command that would let it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from crmbridge.adapter.catalog import Catalog
from crmbridge.app.follow_up_results import Logging
from crmbridge.app.follow_up_tasks import Fitting
from crmbridge.app.modes import Allowance
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import catalogs, connections, links
from crmbridge.ledger.made import created
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.calendar import Calendar
from crmbridge.model.canonical import Value
from crmbridge.model.instants import start_of_day, to_us
from crmbridge.model.kinds import NUMBER_SCALE, FieldSpec, FieldType, kind
from crmbridge.model.modes import weaker
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Word
from crmbridge.services.follow_up_document import FollowUpConfig
from crmbridge.services.wants import ActivityWanted, FigureWanted, NoticeWanted, Shown, TaskMade, TaskWanted, Want
from crmbridge.sync.twoway.intents import Intent, SetField
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.notices import KIND, OBJECT, Notify
from crmbridge.sync.twoway.pairs import End


@dataclass(frozen=True, slots=True)
class Outlet:
    """A connection that wants may go to: its mapping, what it was granted, and the company's calendar."""

    end: End
    allowed: Allowance
    rank: int
    calendar: Calendar

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.end.connection

    @property
    def takes_tasks(self) -> bool:
        """Whether it may be given tasks."""
        return weaker("tasks", self.allowed.mode) == "tasks"

    def takes(self, kind_name: str, name: str) -> bool:
        """Whether a field of a kind may be written to it."""
        grant = self.allowed.grant
        return weaker("fields", self.allowed.mode) == "fields" and (grant is not None and grant.allows(kind_name, name))


@dataclass(slots=True)
class Routed:
    """The intents of each connection, and what can go nowhere."""

    intents: dict[str, list[Intent]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)

    def add(self, connection: str, intent: Intent) -> None:
        """One more for a connection."""
        self.intents.setdefault(connection, []).append(intent)


def outlets(wiring: Wiring) -> list[Outlet]:
    """The connections that were read at least once, in the order of the configuration."""
    with wiring.ledger.read() as tx:
        ids = {row.name: row.id for row in connections.listing(tx)}
        absent = {
            name: _absent(tx, wiring, name, ids[name]) for name in wiring.workspace.config.connections if name in ids
        }
    ends = {
        name: End(Side.LEFT, name, ids[name], wiring.mapping(name), wiring.zone, absent=absent[name]) for name in absent
    }
    return [
        Outlet(ends[name], wiring.allowance(name), rank, wiring.calendar)
        for rank, name in enumerate(wiring.workspace.config.connections)
        if name in ends
    ]


def _absent(tx: LedgerTx, wiring: Wiring, name: str, connection_id: int) -> frozenset[str]:
    """The optional objects of a mapping that the account has not, as it was last described."""
    body = catalogs.latest(tx, connection_id)
    if body is None:
        return frozenset()
    catalog = Catalog.model_validate_json(body)
    optional = (one.object for one in wiring.mapping(name).objects.values() if one.is_optional)
    return frozenset(one for one in optional if catalog.object(one) is None)


def route(
    tx: LedgerTx,
    there: Sequence[Outlet],
    wants: Iterable[Want],
    config: FollowUpConfig,
    made: Mapping[str, TaskMade],
) -> Routed:
    """What every connection is asked for. A task that was made once, whatever became of it, is not asked for again."""
    done = Routed()
    figures: dict[tuple[str, str], list[FigureWanted]] = {}
    tasks: list[TaskWanted] = []
    notices: list[NoticeWanted] = []
    results: list[ActivityWanted] = []
    for want in wants:
        if isinstance(want, FigureWanted):
            figures.setdefault((want.kind, want.figure), []).append(want)
        elif isinstance(want, NoticeWanted):
            notices.append(want)
        elif isinstance(want, ActivityWanted):
            results.append(want)
        elif want.key not in made:
            tasks.append(want)
    for (kind_name, figure), some in sorted(figures.items()):
        if there and (name := config.shows.field(kind_name, figure)):
            _show(tx, there, some, kind_name, name, figure=figure, config=config, done=done)
    _hand_out(tx, there, tasks, config, done)
    _log(tx, there, results, made, done)
    _tell(tx, there, notices, done)
    return done


# -- figures ---------------------------------------------------------------------------------------------------------


def _show(
    tx: LedgerTx,
    there: Sequence[Outlet],
    wants: Sequence[FigureWanted],
    kind_name: str,
    name: str,
    *,
    figure: str,
    config: FollowUpConfig,
    done: Routed,
) -> None:
    """The figure goes to every connection that holds the record, writes the field and was granted it."""
    spec = kind(kind_name).field(name)
    values = {one.record_id: (stored(spec, one.value, config, there[0].end.zone), one.why) for one in wants}
    known = _known(tx, spec, kind_name, values)
    held = [(outlet, links.places(tx, kind_name, sorted(values), outlet.end.connection_id)) for outlet in there]
    holders = [(outlet, places) for outlet, places in held if places]
    writers = [(outlet, places) for outlet, places in holders if name in outlet.end.writable(kind_name)]
    takers = [(outlet, places) for outlet, places in writers if outlet.takes(kind_name, name)]
    for outlet, places in takers:
        for record_id in places:
            value, why = values[record_id]
            if known.get(record_id) != (outlet.end.connection_id, value):
                done.add(outlet.name, SetField(kind_name, record_id, name, value, why))
    if holders and not takers:
        told = [outlet for outlet, _ in writers or holders]
        done.notes.append(_unshown(kind_name, name, figure, told[0], is_written=bool(writers)))


def _known(
    tx: LedgerTx, spec: FieldSpec, kind_name: str, values: Mapping[str, tuple[Value, str]]
) -> dict[str, tuple[int, Value]]:
    """What the records show already in the connection that they were first read from; of plain fields alone."""
    if len(spec.columns) > 1:
        return {}
    shown = links.titles(tx, kind_name, spec.columns[0].name, sorted(values))
    owners = links.owners(tx, kind_name, sorted(shown))
    return {record_id: (owners[record_id], value) for record_id, value in shown.items() if record_id in owners}


_FIGURES = {"next_touch": mark("next touch"), "last_result": mark("last result")}
"""Figures whose ids are no words."""


def _unshown(kind_name: str, name: str, figure: str, outlet: Outlet, *, is_written: bool) -> Note:
    field_name = f"{kind_name}.{name}"
    told: dict[str, object] = {
        "figure": Word(figure, _FIGURES.get(figure, "")),
        "kind": kind_name,
        "field": field_name,
        "connection": outlet.name,
    }
    if not is_written:
        text = mark(
            "the {figure} of {kind} is shown in no system: no mapping writes {field}; name its field of the CRM in "
            'mapping/{connection}.toml, or set it to "" in follow_up.toml'
        )
        return Note("FIGURE_UNMAPPED", text, told)
    first = outlet.allowed
    granted = first.grant.fields if first.grant is not None and first.grant.mode == "fields" else ()
    told["fields"] = ",".join([*granted, field_name])
    text = mark(
        "the {figure} of {kind} is shown in no system: crmbridge grant {connection} --mode fields --fields {fields} "
        "allows it"
    )
    return Note("FIGURE_NOT_GRANTED", text, told)


def stored(spec: FieldSpec, value: Shown, config: FollowUpConfig, zone: ZoneInfo) -> Value:
    """A figure in the form that a field keeps; a score with as many decimals as the configuration says."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        value = value.quantize(Decimal(1).scaleb(-config.score_decimals), ROUND_HALF_UP)
    if spec.type is FieldType.NUMBER:
        return int(Decimal(str(value)) * NUMBER_SCALE)
    if spec.type is FieldType.INTEGER:
        return int(Decimal(str(value)).to_integral_value(ROUND_HALF_UP))
    if isinstance(value, date):
        is_moment = spec.type is FieldType.INSTANT
        return (to_us(start_of_day(value, zone)), "day") if is_moment else value.isoformat()
    return str(value)


# -- tasks -----------------------------------------------------------------------------------------------------------


def _hand_out(
    tx: LedgerTx, there: Sequence[Outlet], tasks: Sequence[TaskWanted], config: FollowUpConfig, done: Routed
) -> None:
    """A task goes to the first system of its record that may be given tasks."""
    nowhere: Counter[str] = Counter()
    taken: dict[str, list[TaskWanted]] = {}
    for kind_name, some in _by_kind(tasks):
        places = _holders(tx, there, kind_name, [one.record_id for one in some])
        for task in some:
            holders = places.get(task.record_id, [])
            taker = next((outlet for outlet in holders if outlet.takes_tasks), None)
            if taker is not None:
                taken.setdefault(taker.name, []).append(task)
            elif holders:
                nowhere[holders[0].name] += 1
    for outlet in there:
        fitting = Fitting(tx, outlet.end, config, outlet.calendar)
        for make in fitting.fitted(taken.get(outlet.name, ())):
            done.add(outlet.name, make)
        done.notes += fitting.notes()
    text = mark("{count} tasks of {connection} wait: crmbridge grant {connection} --mode tasks allows them")
    for name, count in sorted(nowhere.items()):
        done.notes.append(Note("TASKS_NOT_GRANTED", text, {"connection": name, "count": count}))


def _by_kind(tasks: Sequence[TaskWanted]) -> Iterator[tuple[str, list[TaskWanted]]]:
    for kind_name in sorted({task.kind for task in tasks}):
        yield kind_name, [task for task in tasks if task.kind == kind_name]


def _holders(
    tx: LedgerTx, there: Sequence[Outlet], kind_name: str, record_ids: Sequence[str]
) -> dict[str, list[Outlet]]:
    """For each record the systems that hold it, the one where it was first at the head."""
    ids = sorted(set(record_ids))
    first = links.owners(tx, kind_name, ids)
    found: dict[str, list[Outlet]] = {}
    for outlet in there:
        for record_id in links.places(tx, kind_name, ids, outlet.end.connection_id):
            found.setdefault(record_id, []).append(outlet)
    return {
        record_id: sorted(holders, key=lambda outlet: outlet.end.connection_id != first.get(record_id))
        for record_id, holders in found.items()
    }


def _log(
    tx: LedgerTx,
    there: Sequence[Outlet],
    results: Sequence[ActivityWanted],
    made: Mapping[str, TaskMade],
    done: Routed,
) -> None:
    """What came of a task is logged where it was made, as long as that may be given tasks."""
    for outlet in there:
        here = [one for one in results if one.task in made and made[one.task].connection == outlet.name]
        if outlet.takes_tasks and here:
            logging = Logging(tx, outlet.end)
            for make in logging.fitted(here):
                done.add(outlet.name, make)
            done.notes += logging.notes()


# -- notices ---------------------------------------------------------------------------------------------------------


def _tell(tx: LedgerTx, there: Sequence[Outlet], notices: Sequence[NoticeWanted], done: Routed) -> None:
    """A notice goes by the first connection that may be written; it is given to the workspace's own channel.

    One that any connection was given before is not told again.
    """
    known = {one.key for one in created(tx, KIND) if one.object == OBJECT} if notices else set()
    notices = [one for one in notices if one.key not in known]
    if not notices:
        return
    outlet = next((one for one in there if one.takes_tasks), None)
    if outlet is None:
        text = mark("{count} notices wait: crmbridge grant {connection} --mode tasks allows them")
        name = there[0].name if there else "-"
        done.notes.append(Note("NOTICES_NOT_GRANTED", text, {"connection": name, "count": len(notices)}))
        return
    people = sorted({one.to for one in notices})
    names = links.titles(tx, "user", "name", people) | links.titles(tx, "user", "email", people)
    for one in notices:
        done.add(outlet.name, Notify(one.key, names.get(one.to, one.to), one.text, one.why))
