"""`crmbridge reconcile`: how both systems of a pair compare, record by record; a report that changes nothing."""

from crmbridge.app import pairs, plan_views
from crmbridge.app.wiring import Wiring
from crmbridge.model.notes import Note
from crmbridge.report.i18n import mark
from crmbridge.report.listing import Column, Listing, Section, Word
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.running import run
from crmbridge.sync.twoway.opening import at_table
from crmbridge.sync.twoway.reconciling import SAMPLES, Compared, compare

_COLUMNS = (
    Column("kind", mark("kind"), "word"),
    Column("equal", mark("equal"), "count"),
    Column("different", mark("different"), "count"),
    Column("only_left", mark("only left"), "count"),
    Column("only_right", mark("only right"), "count"),
    Column("gone", mark("gone on both"), "count"),
    Column("record", mark("record")),
    Column("field", mark("field")),
    Column("left", mark("left")),
    Column("right", mark("right")),
    Column("why", mark("why"), "word"),
)
_COUNTED = ("equal", "different", "only_left", "only_right", "gone")
_SECTIONS = (
    Section("kinds", mark("Records"), ("kind", *_COUNTED)),
    Section("differences", mark("Differences"), ("kind", "record", "field", "left", "right", "why")),
)
_SHOWN = {"question": mark("a person is asked")}
WORDS = (mark("own form"), mark("waiting"), mark("nobody knows"))
"""Why two sides may differ; `_SHOWN` is how one reads whose word alone says something else."""


def reconcile(wiring: Wiring, pair: str) -> Listing:
    """The comparison of a pair as it was last read."""
    setup, around = pairs.pair_setup(wiring, pair, writing=False), wiring.surroundings(None)
    found: list[Compared] = []

    def afterwards(run_id: int, _: SyncResult) -> None:
        with at_table(setup, around, run_id) as table, around.ledger.read() as tx:
            found.append(compare(tx, table.pair))

    run(f"reconcile {pair}", [], around, lambda *_: None, afterwards=afterwards)
    return _listing(wiring, pair, found[0])


def _listing(wiring: Wiring, pair: str, done: Compared) -> Listing:
    wanted: dict[str, set[str]] = {}
    for one in done.differences:
        wanted.setdefault(one.kind, set()).add(one.record_id)
        plan_views.add_targets(wanted, one.kind, [(one.field, one.left), (one.field, one.right)])
    with wiring.ledger.read() as tx:
        names = plan_views.names(tx, wiring, wanted, pair)
    rows: list[dict[str, object]] = [
        {"section": "kinds", "kind": kind_name} | {name: counts[name.replace("_", " ")] for name in _COUNTED}
        for kind_name, counts in done.counts.items()
    ]
    rows += [
        {
            "section": "differences",
            "kind": one.kind,
            "record": names.title(one.kind, one.record_id),
            "field": one.field,
            "left": names.value(one.kind, one.field, one.left),
            "right": names.value(one.kind, one.field, one.right),
            "why": Word(one.why, _SHOWN.get(one.why, "")),
        }
        for one in done.differences
    ]
    text = mark("only the first {count} differences are named")
    is_cut = len(done.differences) >= SAMPLES
    warnings = (Note("CUT", text, {"count": SAMPLES}),) if is_cut else ()
    return Listing("reconcile/1", _COLUMNS, tuple(rows), warnings=warnings, sections=_SECTIONS)
