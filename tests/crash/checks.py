"""What must hold after any death, at once; and what must hold in the end."""

import time
from collections import Counter

from sqlalchemy import text
from tests.crash.forking import Company, Scene
from tests.crash.people import People, named

from crmbridge.ledger.transaction import LedgerTx
from crmbridge.sync.twoway.merging import Side
from crmbridge.testing.memory.powers import position

_SENT = """
    SELECT o.op, o.object, CASE o.op WHEN 'create' THEN o.key ELSE o.external_id END AS key, sum(o.tries) AS tries
    FROM outbox AS o JOIN connection AS c ON c.id = o.connection_id
    WHERE c.name = :name AND o.tries > 0 AND o.state <> 'planned' GROUP BY 1, 2, 3
"""
_READ = """
    SELECT s.object, s.cursor, r.external_id, r.revision, r.deleted
    FROM stream AS s JOIN connection AS c ON c.id = s.connection_id LEFT JOIN raw_record AS r ON r.stream_id = s.id
    WHERE c.name = :name
"""


def holds_now(scene: Scene, people: People) -> None:
    """Nothing is doubled, the ledger is whole, knows of every write that arrived, and has read all it says it has."""
    with scene.looking() as company:
        _wait_for_the_dead(company)
        assert company.ledger.check() == []
        with company.ledger.read() as tx:
            for side in Side:
                _nothing_is_doubled(people, side)
                _every_write_is_known(tx, scene, side)
                _watermarks_are_true(tx, scene, side)


def _wait_for_the_dead(company: Company) -> None:
    """A server notices after a moment that the other end is gone."""
    if company.ledger.path:
        return
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    until = time.monotonic() + 30
    while True:
        with company.ledger.read() as tx:
            if not tx.execute(others.columns()).scalar_one():
                return
        assert time.monotonic() < until
        time.sleep(0.005)


def _nothing_is_doubled(people: People, side: Side) -> None:
    server = people.servers[side]
    for name in server.store.objects:
        titles = Counter(named(row, side) for row in server.store.live(name))
        assert not [title for title, count in titles.items() if count > 1], f"doubled in {name}: {titles}"
    made = Counter(key for op, _, key in server.journal if op == "create")
    assert not [key for key, count in made.items() if count > 1], f"made twice: {made}"


def _every_write_is_known(tx: LedgerTx, scene: Scene, side: Side) -> None:
    rows = tx.execute(text(_SENT), {"name": side.value}).mappings()
    known = {(row["op"], row["object"], row["key"]): int(row["tries"]) for row in rows}
    for what, count in Counter(scene.servers[side].journal).items():
        assert count <= known.get(what, 0), f"{side} got {what} {count} times, the ledger knows of {known.get(what)}"


def _watermarks_are_true(tx: LedgerTx, scene: Scene, side: Side) -> None:
    store = scene.servers[side].store
    cursors: dict[str, int] = {}
    read: dict[tuple[str, str], tuple[str | None, bool]] = {}
    for row in tx.execute(text(_READ), {"name": side.value}).mappings():
        cursors[row["object"]] = position(row["cursor"])
        read[row["object"], row["external_id"]] = (row["revision"], bool(row["deleted"]))
    for name, reached in cursors.items():
        for live in store.live(name):
            if live.change_no <= reached:
                kept = read.get((name, live.external_id))
                assert kept == (str(live.revision), False), f"{side} {name} {live}: {reached} reached, {kept} kept"


def holds_in_the_end(scene: Scene, people: People) -> None:
    """Both sides hold what people wanted, each record once, what was deleted nowhere; and nothing waits."""
    holds_now(scene, people)
    wrong: list[str] = []
    for title, where in people.titles.items():
        rows = {side: people.row(side, title) for side in Side}
        left, right = rows[Side.LEFT], rows[Side.RIGHT]
        if title in people.gone:
            wrong += [f"{title} is still on the {side}" for side, row in rows.items() if row]
        elif left is None or right is None:
            wrong.append(f"{title} ({where}) is on one side only: {rows}")
        else:
            wrong += people.differing(title, left, right)
    for side in Side:
        strange = {
            named(row, side) for name in people.servers[side].store.objects for row in people.store(side).live(name)
        } - people.titles.keys()
        wrong += [f"nobody made {title}" for title in strange]
    assert not wrong, wrong
    with scene.looking() as company:
        assert not company.writes("sent")
        assert not company.conflicts()
