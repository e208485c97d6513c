"""A migration told, and kept: its report lies in the workspace as JSON, as a page and as a text."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from crmbridge.app.migrating import Looked, of_plan
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import outbox, plans
from crmbridge.ledger.plans import Plan
from crmbridge.model.errors import TransientError
from crmbridge.model.kinds import FieldType, kind
from crmbridge.model.notes import Note
from crmbridge.report import documents, export
from crmbridge.report.i18n import catalog, mark
from crmbridge.report.listing import Listing
from crmbridge.report.migration import Kind, Stays, Told, migration_listing, migration_page, migration_text
from crmbridge.report.plans import Names
from crmbridge.sync.twoway.left_behind import TAKEN_BACK, Left
from crmbridge.sync.twoway.surveying import Beside

FOLDER = Path("migrations")
"""In the workspace: where the reports lie."""


def told(wiring: Wiring, done: Looked) -> Listing:
    """The listing, after its report was kept."""
    names = Names({}, wiring.zone)
    kinds = [Kind(one.kind, one.held, one.there, one.to_make, one.to_change, one.waits) for one in done.carries]
    stays = [Stays(one.kind, one.about, one.count, _reason(one), _example(one, names)) for one in done.left]
    stays += [Stays(one.kind, _place(one), one.count, _why(one), one.example) for one in done.beside]
    taken = sum(one.count for one in done.left if one.reason == TAKEN_BACK)
    plan = None if done.plan is None else done.plan.name
    text = mark("it cannot be carried out yet: {reason}")
    more = [] if done.refusal is None else [Note("NOT_GRANTED", text, {"reason": str(done.refusal)})]
    made = migration_listing(Told(done.giver, done.receiver, plan, wiring.clock(), kinds, stays, taken), more)
    _keep(wiring, made, f"{done.giver}-{done.receiver}")
    return made


def carried(wiring: Wiring, plan: Plan, listing: Listing) -> Listing:
    """What became of a migration's plan, with the next step; exit code 5 where records are not there yet."""
    giver, receiver = of_plan(plan) or ("", "")
    with wiring.ledger.read() as tx:
        counts, state = outbox.counts(tx, plan.id), plans.get(tx, plan.name).state
    missing = sum(counts.get(one, 0) for one in ("planned", "sent", "unknown"))
    ends: dict[str, object] = {"connection": giver, "to": receiver, "plan": plan.name, "count": missing}
    if not missing or plan.undoes is not None:
        note = Note("MIGRATED", mark("crmbridge migrate {connection} {to} tells what is left"), ends)
    elif state == "running":
        text = mark(
            "{count} records wait until it is known what arrived:"
            " crmbridge migrate {connection} {to} --apply {plan} goes on in some minutes"
        )
        note = Note("UNFINISHED", text, ends)
    else:
        text = mark(
            "of {count} records nobody knows yet whether they arrived:"
            " crmbridge migrate {connection} {to} looks for them in some minutes"
        )
        note = Note("UNFINISHED", text, ends)
    code = listing.exit_code if note.code == "MIGRATED" else max(listing.exit_code, TransientError.exit_code)
    return replace(listing, warnings=(*listing.warnings, note), exit_code=code)


def _reason(one: Left) -> Note:
    return Note("STAYS", one.reason, dict(one.params))


def _place(one: Beside) -> str | None:
    return None if not one.object else one.object if one.field is None else f"{one.object}.{one.field}"


def _why(one: Beside) -> Note:
    if one.field is not None:
        text = mark("no rule of the mapping names it ({label})")
    elif not one.object:
        text = mark(
            "files attached to records and e-mails beside them are not read, and nobody counted them: they stay"
        )
    elif one.count is None:
        text = mark("no rule of the mapping names this object ({label}), and nobody can count its records: they stay")
    else:
        text = mark("no rule of the mapping names this object ({label}): its records stay")
    return Note("STAYS", text, {"label": one.label})


def _example(one: Left, names: Names) -> object:
    if one.example is None or one.about is None:
        return None
    spec = kind(one.kind).fields.get(one.about)
    if spec is None:
        return str(one.example)
    if spec.type is FieldType.REF:
        return None
    return str(names.value(one.kind, one.about, one.example))


def _keep(wiring: Wiring, made: Listing, stem: str) -> None:
    folder = wiring.workspace.folder / FOLDER
    folder.mkdir(exist_ok=True)
    english = catalog("en")
    bodies: Sequence[tuple[str, bytes]] = (
        (f"{stem}.json", documents.dump(documents.document(made, english), pretty=True)),
        (f"{stem}.html", migration_page(made, english).encode()),
        (f"{stem}.txt", migration_text(made, english).encode()),
    )
    for name, body in bodies:
        with export.atomic(folder / name) as beside:
            beside.write_bytes(body)
