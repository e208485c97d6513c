"""Plans, questions and writes as listings: what the ledger keeps of them, with the names that people know."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import orjson

from crmbridge.app.pairs import PAIR, Done, refusal
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import connections, links, outbox, plans
from crmbridge.ledger.outbox import State, Write
from crmbridge.ledger.plans import Plan
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.kinds import FieldType, kind
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import SAMPLES, Listing
from crmbridge.report.plans import NEXT, Names, nothing_listing, plan_listing, plans_listing
from crmbridge.sync.twoway.merging import Side
from crmbridge.sync.twoway.rounds import Round
from crmbridge.sync.twoway.undoing import UNDO
from crmbridge.sync.twoway.working import Worked

_TITLES = ("name", "full_name", "title", "subject")
"""What a record is called, the first that its kind has: the title of a person is none."""


def plan(wiring: Wiring, name: str, *, samples: int | None = SAMPLES) -> Listing:
    """A saved plan."""
    with wiring.ledger.read() as tx:
        found = plans.get(tx, name)
        writes = outbox.of_plan(tx, found.id)
        told = plan_listing(found, writes, names_of(tx, wiring, writes, found), samples=samples)
    if found.scope.startswith(PAIR) and refusal(wiring, found.scope.removeprefix(PAIR)) is not None:
        return replace(told, warnings=tuple(note for note in told.warnings if note.code != NEXT))
    return told


def nothing(wiring: Wiring, pair: str, done: Round) -> Listing:
    """A pair that needs no plan, with what is held back."""
    kinds = wiring.workspace.pair(pair).ordered_kinds
    ids = {one.record_id for one in done.draft.held}
    people = {str(one.params["who"]) for one in done.draft.held if "who" in one.params}
    with wiring.ledger.read() as tx:
        known = names(tx, wiring, {**dict.fromkeys(kinds, ids), "user": people}, pair)
    held = [[one.record_id, one.side.value, one.about, one.template, dict(one.params)] for one in done.draft.held]
    return nothing_listing(pair, held, known)


def saved(wiring: Wiring, limit: int = 50) -> Listing:
    """The plans that are kept."""
    with wiring.ledger.read() as tx:
        return plans_listing(plans.listing(tx, limit=limit), wiring.zone)


def names_of(tx: LedgerTx, wiring: Wiring, writes: Sequence[Write], plan: Plan | None = None) -> Names:
    """What the connections, the sides and the records of some writes are called."""
    wanted: dict[str, set[str]] = {}
    for write in writes:
        if write.record_id is not None:
            wanted.setdefault(write.kind, set()).add(write.record_id)
        values = [(line["field"], line[at]) for line in orjson.loads(write.lines) for at in ("from", "to")]
        add_targets(wanted, write.kind, values)
    for _, _, params in orjson.loads(plan.guards) if plan and plan.guards else ():
        wanted.setdefault("user", set()).update([params["who"]] if "who" in params else [])
    for record_id, _, _, _, params in orjson.loads(plan.held) if plan and plan.held else ():
        wanted.setdefault("user", set()).update([params["who"]] if "who" in params else [])
        for kind_name in _pair_kinds(wiring, plan):
            wanted.setdefault(kind_name, set()).add(record_id)
    return names(tx, wiring, wanted, None if plan is None else plan.scope.removeprefix(UNDO).removeprefix(PAIR))


def add_targets(wanted: dict[str, set[str]], kind_name: str, values: Iterable[tuple[str, object]]) -> None:
    """The records that values of reference fields mean are wanted too."""
    for field, value in values:
        spec = kind(kind_name).fields.get(field)
        if spec is not None and spec.type is FieldType.REF and spec.target and isinstance(value, str):
            wanted.setdefault(spec.target, set()).add(value)


def names(tx: LedgerTx, wiring: Wiring, wanted: dict[str, set[str]], pair: str | None) -> Names:
    """The names of those records, by kind; of the sides where `pair` is one of the configuration."""
    titles: dict[tuple[str, str], str] = {}
    for kind_name, ids in wanted.items():
        column = next((one for one in _TITLES if one in kind(kind_name).fields), None)
        if column is not None:
            found = links.titles(tx, kind_name, column, sorted(ids))
            titles |= {(kind_name, record_id): title for record_id, title in found.items()}
    known = {row.id: row.name for row in connections.listing(tx)}
    section = wiring.workspace.config.pairs.get(pair or "")
    sides = {} if section is None else dict(zip([side.value for side in Side], section.connections, strict=True))
    return Names(known, wiring.zone, titles, sides)


def _pair_kinds(wiring: Wiring, plan: Plan | None) -> Sequence[str]:
    section = wiring.workspace.config.pairs.get(plan.scope.removeprefix(UNDO).removeprefix(PAIR)) if plan else None
    return section.ordered_kinds if section else ()


def applied(wiring: Wiring, name: str, done: Done) -> Listing:
    """A plan after it was carried out, with how that ended; the first error leaves nothing else untold."""
    told = plan(wiring, name)
    warnings = [*told.warnings, *notes(done.worked)]
    return Listing(
        told.definition,
        told.columns,
        told.rows,
        warnings=tuple(warnings),
        sections=told.sections,
        exit_code=done.result.exit_code,
    )


def notes(worked: Sequence[Worked]) -> list[Note]:
    """What became of pairs, in a line or a few each. Errors of a run are told by it, not here."""
    found: list[Note] = []
    for one in worked:
        if one.round is None:
            found += [] if one.error is None else [_left_alone(one)]
            continue
        done = one.round
        counts = [carried.counts for carried in done.carried.values()]
        for state, text in _STATES:
            if count := sum(part.get(state, 0) for part in counts):
                found.append(Note("PAIR", text, {"pair": one.pair, "count": count}))
        if done.decided.open:
            text = mark("the pair {pair} asks {count} new questions; crmbridge review shows them")
            found.append(Note("PAIR", text, {"pair": one.pair, "count": done.decided.open}))
        if doubted := sum(settled.doubted for settled in done.settled.values()):
            text = mark(
                "of {count} writes of the pair {pair} nobody knows yet whether they arrived; see crmbridge outbox"
            )
            found.append(Note("PAIR", text, {"pair": one.pair, "count": doubted}))
        untold = sum(settled.untold for settled in done.settled.values())
        if untold := untold + sum(carried.untold for carried in done.carried.values()):
            text = mark(
                "{count} records of the pair {pair} were edited while we wrote, and the system does not tell whether "
                "that edit was overwritten"
            )
            found.append(Note("PAIR", text, {"pair": one.pair, "count": untold}))
        if done.draft.held:
            text = mark("{count} changes of the pair {pair} cannot be written; crmbridge plan shows why")
            found.append(Note("PAIR", text, {"pair": one.pair, "count": len(done.draft.held)}))
    return found


_STATES: tuple[tuple[State, str], ...] = (
    ("applied", mark("the pair {pair} wrote {count} records")),
    ("rejected", mark("{count} records of the pair {pair} were refused; crmbridge outbox shows why")),
    ("stale", mark("{count} records of the pair {pair} were edited meanwhile and are looked at again")),
    ("moved", mark("{count} records of the pair {pair} had changed since the plan and were left alone")),
    (
        "unknown",
        mark("{count} writes of the pair {pair} got no answer; the next run looks before anything is sent again"),
    ),
)


def _left_alone(one: Worked) -> Note:
    error = one.error
    reason = "-" if error is None else str(error)
    return Note(
        "PAIR_LEFT_ALONE", mark("the pair {pair} was left alone: {reason}"), {"pair": one.pair, "reason": reason}
    )
