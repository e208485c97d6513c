"""The inbox of hints, on both engines."""

from crmbridge.ledger import hints
from crmbridge.ledger.engine import Ledger


def put(ledger: Ledger, *ids: str, connection_id: int = 1, now_us: int = 10, limit: int = hints.LIMIT) -> int:
    with ledger.begin() as tx:
        return hints.put(tx, connection_id, [("deals", i) for i in ids], now_us=now_us, limit=limit)


def ids(ledger: Ledger, connection_id: int = 1) -> list[str]:
    with ledger.read() as tx:
        return [hint.external_id for hint in hints.waiting(tx, connection_id)]


def test_a_record_waits_once_however_often_it_is_spoken_of(ledger: Ledger) -> None:
    assert put(ledger, "D1", "D2", "D1") == 2
    assert put(ledger, "D2", "D3", now_us=20) == 1
    assert ids(ledger) == ["D1", "D2", "D3"]


def test_connections_have_their_own_inbox(ledger: Ledger) -> None:
    put(ledger, "D1")
    put(ledger, "D1", connection_id=2)
    assert ids(ledger) == ["D1"]
    assert ids(ledger, 2) == ["D1"]


def test_what_was_looked_at_is_gone_and_what_was_spoken_of_since_stays(ledger: Ledger) -> None:
    put(ledger, "D1", "D2")
    with ledger.read() as tx:
        taken = hints.waiting(tx, 1)
    put(ledger, "D2", now_us=11)
    with ledger.begin() as tx:
        hints.done(tx, taken)
    assert ids(ledger) == ["D2"]


def test_the_inbox_has_a_limit_and_what_waits_already_is_still_renewed(ledger: Ledger) -> None:
    assert put(ledger, "D1", "D2", "D3", limit=2) == 2
    assert put(ledger, "D1", "D4", limit=2, now_us=30) == 0
    with ledger.read() as tx:
        assert hints.count(tx, 1) == 2
        assert {hint.external_id: hint.count for hint in hints.waiting(tx, 1)} == {"D1": 2, "D2": 1}


def test_ids_that_no_vendor_has_are_not_taken(ledger: Ledger) -> None:
    assert put(ledger, "", "x" * 513, "ok") == 1


def test_the_longest_waiting_come_first(ledger: Ledger) -> None:
    put(ledger, "D2", now_us=2)
    put(ledger, "D1", now_us=1)
    with ledger.read() as tx:
        assert [hint.external_id for hint in hints.waiting(tx, 1, limit=1)] == ["D1"]


def marked(ledger: Ledger, mark: str, *, connection_id: int = 1, now_us: int = 10, limit: int = 100) -> bool:
    with ledger.begin() as tx:
        return hints.mark(tx, connection_id, mark, now_us=now_us, limit=limit)


def test_a_notification_is_new_once_for_each_connection(ledger: Ledger) -> None:
    assert marked(ledger, "a")
    assert not marked(ledger, "a", now_us=20)
    assert marked(ledger, "b")
    assert marked(ledger, "a", connection_id=2)


def test_a_notification_is_forgotten_after_a_day(ledger: Ledger) -> None:
    assert marked(ledger, "a")
    later = 11 + hints.MARKED_FOR_US
    assert marked(ledger, "b", now_us=later)
    assert marked(ledger, "a", now_us=later)


def test_the_oldest_notifications_are_forgotten_first(ledger: Ledger) -> None:
    for at, mark in enumerate("abcd"):
        assert marked(ledger, mark, now_us=at, limit=3)
    assert not marked(ledger, "d", limit=3)
    assert not marked(ledger, "b", limit=3)
    assert marked(ledger, "a", limit=3)
