"""`crmbridge grant`: a person allows a connection to be written, or takes that back; each time kept as a run."""

from collections.abc import Sequence

from crmbridge import version
from crmbridge.adapter.capabilities import Capability
from crmbridge.app.modes import Allowance
from crmbridge.app.person import who
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, grants, runs
from crmbridge.ledger.grants import Grant
from crmbridge.mapping.compiler import CompiledMapping
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.instants import from_us, to_us
from crmbridge.model.modes import MODES, Mode
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing

_COLUMNS = (
    Column("connection", mark("connection")),
    Column("granted", mark("granted"), "word"),
    Column("fields", mark("fields")),
    Column("given_by", mark("by")),
    Column("given_at", mark("since"), "instant"),
    Column("written", mark("mode in the configuration"), "word"),
    Column("mode", mark("what holds"), "word"),
)


def grant(wiring: Wiring, connection: str, mode: str, fields: Sequence[str] = ()) -> Listing:
    """The connection may be written in that mode from now on, `read-only` takes everything back.

    ConfigError where the mode, a field or the adapter does not fit; ScopeError where the login was not granted it.
    """
    wanted = _mode(mode)
    wiring.workspace.connection(connection)
    if wanted != "read-only":
        _check_adapter(wiring, connection)
        wiring.require_login(connection, wanted)
    named = _fields(wiring, connection, wanted, fields)
    descriptor, now_us = wiring.descriptor(connection), to_us(wiring.clock())
    rank = list(wiring.workspace.config.connections).index(connection)
    said = " ".join(["grant", connection, wanted, *named])
    with wiring.audit.begin() as tx:
        run_id = runs.start(tx, command=f"{said} ({who()})", version=version(), now_us=now_us)
        connection_id = connections.ensure(tx, connection, adapter=descriptor.name, rank=rank, now_us=now_us)
        if wanted == "read-only":
            grants.take_back(tx, connection_id)
        else:
            grants.give(tx, connection_id, Grant(wanted, named, who(), now_us))
        done = "grant.taken" if wanted == "read-only" else "grant.given"
        wiring.audit.tell(tx, done, f"connection:{connection}", mode=wanted, fields=named)
        runs.finish(tx, run_id, exit_code=0, now_us=now_us)
    return listing(wiring, [connection])


def listing(wiring: Wiring, names: Sequence[str]) -> Listing:
    """What each connection was granted, and what of it holds."""
    found = [wiring.allowance(name) for name in names]
    return Listing("grant/1", _COLUMNS, tuple(_row(wiring, one) for one in found), warnings=tuple(_advice(found)))


def _row(wiring: Wiring, one: Allowance) -> dict[str, object]:
    row: dict[str, object] = {"connection": one.connection, "granted": "read-only", "mode": one.mode}
    if one.grant is not None:
        given_at = from_us(one.grant.given_us).astimezone(wiring.zone)
        row |= {"granted": one.grant.mode, "fields": ", ".join(one.grant.fields)}
        row |= {"given_by": one.grant.given_by, "given_at": given_at}
    return row | ({"written": one.written} if one.written else {})


def _advice(found: Sequence[Allowance]) -> list[Note]:
    text = mark('{connection} was granted {granted}; mode = "{written}" in crmbridge.toml allows less')
    return [
        Note("TIGHTENED", text, {"connection": one.connection, "granted": one.grant.mode, "written": one.written})
        for one in found
        if one.grant is not None and one.mode != one.grant.mode
    ]


def _mode(mode: str) -> Mode:
    for known in MODES:
        if known == mode:
            return known
    near = suggestion(mode, MODES)
    raise ConfigError("there is no mode {mode}", mode=mode, nearest=near, hint="did you mean {nearest}?")


def _check_adapter(wiring: Wiring, connection: str) -> None:
    descriptor = wiring.descriptor(connection)
    support = descriptor.support.get(Capability.WRITE)
    if support is None or not support.present:
        reason = support.note if support else "-"
        raise ConfigError("{adapter} cannot be written: {reason}", adapter=descriptor.name, reason=reason)


def _fields(wiring: Wiring, connection: str, mode: Mode, fields: Sequence[str]) -> tuple[str, ...]:
    """The neutral fields, each known to the mapping as one that can be written."""
    named = tuple(dict.fromkeys(part.strip() for field in fields for part in field.split(",") if part.strip()))
    if mode != "fields":
        if named:
            raise ConfigError("fields are named only for the mode fields", hint="leave out --fields")
        return ()
    if not named:
        raise ConfigError("which fields may be written?", hint="--fields tier,score names them")
    known = writable_fields(wiring.mapping(connection))
    for field in named:
        if field not in known:
            raise ConfigError(
                "the mapping of {connection} writes no field {field}",
                connection=connection,
                field=field,
                nearest=suggestion(field, sorted(known)),
                hint="did you mean {nearest}?",
            )
    return named


def writable_fields(mapping: CompiledMapping) -> frozenset[str]:
    """The neutral fields that a mapping can write, as `field` and as `kind.field`."""
    found: set[str] = set()
    for one in mapping.objects.values():
        plain = {rule.name for rule in one.fields if not rule.is_constant and len(rule.rule.source) == 1}
        plain |= {"stage"} if one.writer.stage_field else set()
        found |= plain | {f"{one.kind.name}.{name}" for name in plain}
    return frozenset(found)
