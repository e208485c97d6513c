"""Records of two systems that may be one: shown with their evidence, and a person's answer taken."""

from collections.abc import Sequence

from crmbridge.app import plan_views
from crmbridge.app.person import who
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import likenesses
from crmbridge.ledger.likenesses import Likeness
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.report.likenesses import likenesses_listing
from crmbridge.report.listing import Listing
from crmbridge.report.plans import Names
from crmbridge.sync.running import run
from crmbridge.sync.setup import ConnectionSetup
from crmbridge.sync.steps import Steps
from crmbridge.sync.twoway import linking


def suggestions(wiring: Wiring, pair: str | None = None) -> Listing:
    """The open suggestions, the surest first."""
    with wiring.ledger.read() as tx:
        found = likenesses.listing(tx, pair=pair)
        return likenesses_listing(found, _names(tx, wiring, found))


def answer(wiring: Wiring, number: int, *, is_one: bool) -> Listing:
    """A person's answer; kept as a run. ConfigError where it is answered already, or cannot be done."""
    with wiring.ledger.read() as tx:
        asked = linking.question(tx, number)
    section = wiring.workspace.pair(asked.pair)
    by = who()

    def decided(_: ConnectionSetup, steps: Steps) -> None:
        with steps.session.begin() as tx:
            now_us = steps.session.around.now_us()
            linking.answer(tx, linking.question(tx, number), is_one=is_one, by=by, now_us=now_us)
            wiring.audit.tell(tx, "link.answered", f"link:{number}", pair=asked.pair, is_one=is_one)

    said = f"links {number} --{'accept' if is_one else 'refuse'} ({by})"
    setups = wiring.setups([section.left])
    result = run(said, setups, wiring.surroundings(None, check=False), decided)
    wiring.audit.anchor()
    for _, error in result.failures:
        raise error
    with wiring.ledger.read() as tx:
        found = [one for one in [likenesses.get(tx, number)] if one is not None]
        return likenesses_listing(found, _names(tx, wiring, found))


def _names(tx: LedgerTx, wiring: Wiring, found: Sequence[Likeness]) -> dict[str, Names]:
    """The names of each pair's records and sides."""
    wanted: dict[str, dict[str, set[str]]] = {}
    for one in found:
        ids = wanted.setdefault(one.pair, {}).setdefault(one.kind, set())
        ids.update((one.left_record, one.right_record))
    return {pair: plan_views.names(tx, wiring, ids, pair) for pair, ids in wanted.items()}
