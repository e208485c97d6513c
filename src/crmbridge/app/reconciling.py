"""`crmbridge reconcile`: how both systems of a pair compare, record by record; a report that changes nothing."""

from collections.abc import Iterable, Mapping, Sequence

from crmbridge.app import pairs, plan_views
from crmbridge.app.wiring import Wiring
from crmbridge.report.comparison import comparison_listing
from crmbridge.report.listing import Listing
from crmbridge.sync.outcome import SyncResult
from crmbridge.sync.running import run
from crmbridge.sync.twoway.opening import at_table
from crmbridge.sync.twoway.reconciling import Alone, Compared, Difference, Source, compare, sources


def reconcile(wiring: Wiring, pair: str) -> Listing:
    """The comparison of a pair as it was last read, and how many records both systems count now."""
    setup, around = pairs.pair_setup(wiring, pair, writing=False), wiring.surroundings(None)
    found: list[tuple[Compared, Sequence[Source]]] = []

    def afterwards(run_id: int, _: SyncResult) -> None:
        with at_table(setup, around, run_id) as table, around.ledger.read() as tx:
            done = compare(tx, table.pair, now_us=around.now_us())
            found.append((done, sources(tx, table.pair, [table.left, table.right], done)))

    run(f"reconcile {pair}", [], around, lambda *_: None, afterwards=afterwards)
    done, counted = found[0]
    with wiring.ledger.read() as tx:
        names = plan_views.names(tx, wiring, _wanted([*done.differences, *done.alone]), pair)
    return comparison_listing(pair, done, counted, names)


def _wanted(found: Iterable[Difference | Alone]) -> dict[str, set[str]]:
    """The records that are named, by kind."""
    wanted: dict[str, set[str]] = {}
    for one in found:
        wanted.setdefault(one.kind, set()).add(one.record_id)
        if isinstance(one, Difference):
            values = [(one.field, value) for value in (one.left, one.right, one.holds)]
            plan_views.add_targets(wanted, one.kind, values)
        params: Mapping[str, object] = {} if one.held is None else one.held.params
        wanted.setdefault("user", set()).update([str(params["who"])] if "who" in params else [])
    return wanted
