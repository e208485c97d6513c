"""What `doctor` looks at: plugins, the ledger, the calendar, and each connection. Nothing is written."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial

from crmbridge.adapter.capabilities import Level
from crmbridge.adapter.features import Features
from crmbridge.app.wiring import Wiring
from crmbridge.ledger.engine import open_ledger
from crmbridge.mapping import drift
from crmbridge.model.errors import ConfigErrors, CrmBridgeError, Unavailable
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Names, Word
from crmbridge.sync.outcome import worst

Row = Mapping[str, object]
_COLUMNS = (
    Column("area", mark("area"), "word"),
    Column("name", mark("name")),
    Column("state", mark("state"), "word"),
    Column("message", mark("message")),
)

NOTICE = Word("note", mark("notice"))


def examine(wiring: Wiring) -> Listing:
    """One row for each thing looked at: ok, note or failed, and what to do. Ends with the worst failure's code."""
    rows: list[Row] = []
    codes: list[int] = [0]
    for area, name, look in _looks(wiring):
        try:
            found = list(look())
            rows += [_row(area, name, NOTICE, note) for note in found] or [_row(area, name, "ok", "")]
        except ConfigErrors as error:
            rows += [_row(area, name, "failed", _note(problem)) for problem in error.problems]
            codes.append(error.exit_code)
        except CrmBridgeError as error:
            rows.append(_row(area, name, "failed", _note(error)))
            codes.append(error.exit_code)
    return Listing("doctor/1", _COLUMNS, tuple(rows), exit_code=worst(codes))


def _looks(wiring: Wiring) -> Iterator[tuple[str, str, Callable[[], Iterator[Note]]]]:
    section = wiring.workspace.config.workspace
    yield "plugins", "crmbridge", partial(_plugins, wiring)
    yield "ledger", section.ledger, partial(_ledger, wiring)
    yield "calendar", section.calendar, partial(_calendar, wiring)
    for name in wiring.workspace.config.connections:
        yield "connection", name, partial(_connection, wiring, name)
        yield "mapping", name, partial(_mapping, wiring, name)


def _plugins(wiring: Wiring) -> Iterator[Note]:
    for report in wiring.registry.reports:
        if report.status != "loaded":
            template = "the plugin {plugin} of {distribution} is {status}: {reason}"
            context: dict[str, object] = {"plugin": report.name, "distribution": report.distribution}
            yield Note("PLUGIN_OFF", template, {**context, "status": report.status, "reason": report.reason})


def _ledger(wiring: Wiring) -> Iterator[Note]:
    path = wiring.workspace.ledger_file
    if path is not None and not path.exists():
        yield Note("LEDGER_NEW", "there is no ledger yet; crmbridge sync makes it", {})
        return
    with closing(open_ledger(wiring.workspace.ledger_url, create=False)):
        return


def _calendar(wiring: Wiring) -> Iterator[Note]:
    today = wiring.clock().astimezone(wiring.zone).date()
    yield from wiring.calendar.notes(today, today.replace(month=12, day=31))


def _connection(wiring: Wiring, name: str) -> Iterator[Note]:
    descriptor = wiring.descriptor(name)
    with closing(wiring.open(name)) as adapter:
        health = adapter.check()
        if not health.ok:
            problems = "; ".join(health.problems) or "-"
            raise Unavailable("{connection} is not usable: {problems}", connection=name, problems=problems)
        for problem in health.problems:
            yield Note("SOURCE_PROBLEM", "{problem}", {"problem": problem})
        for disagreement in Features.of(adapter).disagreements(dict(descriptor.support)):
            yield Note("CAPABILITY_MISDECLARED", "{problem}", {"problem": disagreement})
    for capability, support in descriptor.support.items():
        if support.level is Level.NOT_YET:
            template = "{capability} is not there yet: {reason}"
            reason = Names({"en": support.note, "zh": support.note_zh})
            yield Note("NOT_YET", template, {"capability": capability.value, "reason": reason})


def _mapping(wiring: Wiring, name: str) -> Iterator[Note]:
    document = wiring.document(name)
    wiring.mapping(name)
    with closing(wiring.open(name)) as adapter:
        yield from drift.check(document, adapter.describe())


def _row(area: str, name: str, state: str, message: object) -> Row:
    return {"area": area, "name": name, "state": state, "message": message}


def _note(error: CrmBridgeError) -> Note:
    template = f"{error.message} ({error.hint})" if error.hint else error.message
    return Note(error.code, template, dict(error.context))
