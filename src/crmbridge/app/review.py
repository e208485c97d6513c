"""Questions that a person answers, disagreements that are past, and writes that are unfinished."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from crmbridge.app import answers, plan_views
from crmbridge.app.person import who
from crmbridge.app.wiring import Wiring
from crmbridge.ledger import conflicts, outbox, pipelines, plans, twins
from crmbridge.ledger.conflicts import Conflict
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.canonical import Value
from crmbridge.model.errors import ConfigError, suggestion
from crmbridge.model.kinds import kind
from crmbridge.report.listing import Listing
from crmbridge.report.plans import Names
from crmbridge.report.questions import conflicts_listing, outbox_listing, questions_listing
from crmbridge.sync.running import run
from crmbridge.sync.setup import ConnectionSetup
from crmbridge.sync.steps import Steps
from crmbridge.sync.twoway import reviewing, state
from crmbridge.sync.twoway.merging import Unseen

TAKES = ("left", "right", "base")


def questions(wiring: Wiring, pair: str | None = None) -> Listing:
    """The open questions, the oldest first."""
    with wiring.ledger.read() as tx:
        asked = conflicts.listing(tx, pair=pair)
        return _told(tx, wiring, asked)


def answer(wiring: Wiring, number: int, *, take: str | None = None, value: str | None = None) -> Listing:
    """A person's answer; kept as a run. The next sync carries it to both sides. ConfigError where it does not fit."""
    if (take is None) == (value is None):
        raise ConfigError("what is the answer?", hint="--take left, right or base; or --value X")
    if take is not None and take not in TAKES:
        near = suggestion(take, TAKES)
        raise ConfigError("{take} cannot be taken", take=take, nearest=near, hint="did you mean {nearest}?")
    with wiring.ledger.read() as tx:
        asked = reviewing.question(tx, number)
    section = wiring.workspace.pair(asked.pair)
    by = who()

    def decided(_: ConnectionSetup, steps: Steps) -> None:
        with steps.session.begin() as tx:
            open_one = reviewing.question(tx, number)
            chosen = (
                reviewing.candidate(tx, open_one, take)
                if take is not None
                else _typed(tx, wiring, open_one, value or "")
            )
            now_us = steps.session.around.now_us()
            reviewing.decide(tx, open_one, chosen, winner=take or "person", by=by, now_us=now_us)
            place = {"pair": asked.pair, "field": asked.field, "take": take or "value"}
            wiring.audit.tell(tx, "conflict.settled", f"conflict:{number}", **place)

    setups = wiring.setups([section.left])
    said = f"review {number} --take {take}" if take else f"review {number} --value"
    result = run(f"{said} ({by})", setups, wiring.surroundings(None, check=False), decided)
    wiring.audit.anchor()
    for _, error in result.failures:
        raise error
    with wiring.ledger.read() as tx:
        found = [one for one in [conflicts.get(tx, number)] if one is not None]
        return conflicts_listing(found, _names(tx, wiring, found))


def _typed(tx: LedgerTx, wiring: Wiring, asked: Conflict, value: str) -> Value:
    spec = kind(asked.kind).field(asked.field)
    stages = tuple(stage.key for pipeline in pipelines.load(tx) for stage in pipeline.stages)
    currency = wiring.workspace.config.workspace.currency
    return answers.typed(spec, value, wiring.zone, currency=currency, stages=stages)


def past(wiring: Wiring, pair: str | None = None, limit: int = 100) -> Listing:
    """Disagreements that are settled, the last first: every loser with what he wanted."""
    with wiring.ledger.read() as tx:
        found = conflicts.listing(tx, pair=pair, is_open=False, limit=limit)
        return conflicts_listing(found, _names(tx, wiring, found))


def unfinished(wiring: Wiring) -> Listing:
    """Writes that nobody knows to have arrived, and those that were refused."""
    with wiring.ledger.read() as tx:
        found = outbox.unfinished(tx)
        known = {plan.id: plan.name for plan in plans.listing(tx, limit=1000)}
        return outbox_listing(found, plan_views.names_of(tx, wiring, found), known)


def _told(tx: LedgerTx, wiring: Wiring, asked: Sequence[Conflict]) -> Listing:
    known = twins.by_id(tx, sorted({one.twin_id for one in asked}))
    shown: dict[int, Mapping[str, object]] = {}
    for one in asked:
        field = state.load(known[one.twin_id].fields).get(one.field, state.NOTHING)
        sides = {"left": field.left, "right": field.right}
        shown[one.id] = {side: value for side, value in sides.items() if not isinstance(value, Unseen)}
    return questions_listing(asked, _names(tx, wiring, asked), shown=shown)


def _names(tx: LedgerTx, wiring: Wiring, found: Iterable[Conflict]) -> dict[str, Names]:
    """The names of each pair's records and sides."""
    wanted: dict[str, dict[str, set[str]]] = {}
    for one in found:
        here = wanted.setdefault(one.pair, {})
        here.setdefault(one.kind, set()).add(one.record_id)
        values = [value for _, value, _ in orjson.loads(one.candidates)]
        values += [orjson.loads(text) for text in (one.base, one.value) if text is not None]
        plan_views.add_targets(here, one.kind, ((one.field, value) for value in values))
    return {pair: plan_views.names(tx, wiring, ids, pair) for pair, ids in wanted.items()}
