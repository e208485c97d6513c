"""What `doctor` looks at: plugins, the ledger, the calendar, and each connection. Nothing is written."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial

from crmbridge.app.secrets.keyrings import named
from crmbridge.app.visit import Finding, Fine, Look, Visit
from crmbridge.app.wiring import Wiring
from crmbridge.ledger.engine import is_there, open_ledger
from crmbridge.mapping import drift
from crmbridge.model.errors import ConfigError, ConfigErrors, CrmBridgeError
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Word
from crmbridge.sync.outcome import worst

Row = Mapping[str, object]
_COLUMNS = (
    Column("area", mark("area"), "word"),
    Column("name", mark("name")),
    Column("state", mark("state"), "word"),
    Column("message", mark("message")),
)

NOTICE = Word("note", mark("notice"))


BRIEF: Mapping[str, str] = {
    drift.COLUMN_UNMAPPED: mark("the mapping does not read {count} fields that are there; doctor --all names them"),
    drift.COLUMN_ABSENT: mark(
        "{count} fields that the default mapping would read are not there; doctor --all names them"
    ),
    drift.OBJECT_UNMAPPED: mark("the mapping does not read {count} objects that are there; doctor --all names them"),
}
"""What is told of many things that ask nobody to do anything."""
_FEW = 3


def examine(wiring: Wiring, names: Sequence[str], *, in_brief: bool = False) -> Listing:
    """One row for each thing looked at: ok, note or failed, and what to do. Ends with the worst failure's code.

    `in_brief` counts what a mapping leaves alone, where it is more than a few, in place of naming it all.
    """
    rows: list[Row] = []
    codes: list[int] = [0]
    for area, name, look in _looks(wiring, names):
        try:
            told = _in_brief(list(look())) if in_brief else list(look())
            rows += [_found(area, name, found) for found in told] or [_row(area, name, "ok", "")]
        except ConfigErrors as error:
            rows += [_row(area, name, "failed", _note(problem)) for problem in error.problems]
            codes.append(error.exit_code)
        except CrmBridgeError as error:
            rows.append(_row(area, name, "failed", _note(error)))
            codes.append(error.exit_code)
    return Listing("doctor/1", _COLUMNS, tuple(rows), exit_code=worst(codes))


def _in_brief(told: Sequence[Finding]) -> list[Finding]:
    """The findings, those of `BRIEF` that are many as one that counts them, at the place of the first."""
    counts = Counter(found.code for found in told if isinstance(found, Note))
    kept: list[Finding] = []
    for found in told:
        code = found.code if isinstance(found, Note) else ""
        if code not in BRIEF or counts[code] <= _FEW:
            kept.append(found)
        elif not any(isinstance(one, Note) and one.code == code for one in kept):
            kept.append(Note(code, BRIEF[code], {"count": counts[code]}))
    return kept


def _looks(wiring: Wiring, names: Sequence[str]) -> Iterator[tuple[str, str, Look]]:
    section = wiring.workspace.config.workspace
    yield "plugins", "crmbridge", partial(_plugins, wiring)
    yield "ledger", section.ledger, partial(_ledger, wiring)
    yield "calendar", section.calendar, partial(_calendar, wiring)
    if any(wiring.workspace.connection(name).credentials for name in names):
        yield "keyring", "crmbridge", partial(_keyring, wiring)
    for name in names:
        with closing(Visit(wiring, name)) as visit:
            yield from ((area, name, look) for area, look in visit.looks())


def _plugins(wiring: Wiring) -> Iterator[Finding]:
    for report in wiring.registry.reports:
        if report.status != "loaded":
            template = "the plugin {plugin} of {distribution} is {status}: {reason}"
            context: dict[str, object] = {"plugin": report.name, "distribution": report.distribution}
            yield Note("PLUGIN_OFF", template, {**context, "status": report.status, "reason": report.reason})


def _ledger(wiring: Wiring) -> Iterator[Finding]:
    if not is_there(wiring.workspace.ledger_url):
        yield Note("LEDGER_NEW", "there is no ledger yet; crmbridge sync makes it", {})
        return
    with closing(open_ledger(wiring.workspace.ledger_url, create=False)):
        return


def _calendar(wiring: Wiring) -> Iterator[Finding]:
    today = wiring.clock().astimezone(wiring.zone).date()
    yield from wiring.calendar.notes(today, today.replace(month=12, day=31))


def _keyring(wiring: Wiring) -> Iterator[Finding]:
    """Which keyring this machine has; that it has none matters only to connections that keep their secret there."""
    try:
        found = named(wiring.vault.keyring.opened())
    except ConfigError as error:
        yield Note("KEYRING", error.message, dict(error.context))
        return
    yield Fine(Note("KEYRING", mark("secrets may be kept in {keyring}"), {"keyring": found}))


def _found(area: str, name: str, found: Finding) -> Row:
    return _row(area, name, "ok", found.note) if isinstance(found, Fine) else _row(area, name, NOTICE, found)


def _row(area: str, name: str, state: str, message: object) -> Row:
    return {"area": area, "name": name, "state": state, "message": message}


def _note(error: CrmBridgeError) -> Note:
    template = f"{error.message} ({error.hint})" if error.hint else error.message
    return Note(error.code, template, dict(error.context))
