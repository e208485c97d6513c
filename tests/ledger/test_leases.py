import threading
from typing import Any

import pytest
from sqlalchemy import text

from crmbridge.ledger import changes, leases
from crmbridge.ledger.engine import Ledger, open_ledger
from crmbridge.ledger.leases import Lease
from crmbridge.model.errors import LeaseLost

S = 1_000_000


def acquire(ledger: Ledger, holder: str, now_s: int, **more: Any) -> Lease:
    with ledger.begin() as tx:
        return leases.acquire(tx, "books", holder, now_us=now_s * S, **more)


def test_a_held_lease_is_refused_with_its_holder(ledger: Ledger) -> None:
    acquire(ledger, "one", 0)
    with pytest.raises(LeaseLost, match=r"one is at work on books .* in 20 s") as caught:
        acquire(ledger, "two", 100)
    assert caught.value.exit_code == 75


def test_other_names_are_free(ledger: Ledger) -> None:
    acquire(ledger, "one", 0)
    with ledger.begin() as tx:
        assert leases.acquire(tx, "zoho", "two", now_us=0).generation == 1


def test_renewal_lengthens_it(ledger: Ledger) -> None:
    lease = acquire(ledger, "one", 0)
    with ledger.begin() as tx:
        leases.renew(tx, lease, now_us=100 * S)
    with pytest.raises(LeaseLost):
        acquire(ledger, "two", 219)
    assert acquire(ledger, "two", 220).generation == 2


def test_a_released_lease_is_free_at_once_and_its_number_rises(ledger: Ledger) -> None:
    lease = acquire(ledger, "one", 0)
    with ledger.begin() as tx:
        leases.release(tx, lease)
    assert acquire(ledger, "two", 1) == Lease("books", "two", 2)


def test_a_dead_holder_does_not_make_anybody_wait(ledger: Ledger) -> None:
    acquire(ledger, "dead", 0)
    with pytest.raises(LeaseLost):
        acquire(ledger, "two", 1, is_gone=lambda holder: holder == "somebody else")
    assert acquire(ledger, "two", 1, is_gone=lambda holder: holder == "dead").generation == 2


def test_nothing_is_committed_after_somebody_took_over(ledger: Ledger) -> None:
    old = acquire(ledger, "one", 0)
    new = acquire(ledger, "two", 500)
    with pytest.raises(LeaseLost, match="took over books"), ledger.begin(old) as tx:
        changes.next_change(tx)
    with ledger.begin(new) as tx:
        assert changes.next_change(tx) == 1
    with ledger.begin() as tx:
        with pytest.raises(LeaseLost):
            leases.renew(tx, old, now_us=501 * S)
        leases.release(tx, old)
        leases.check(tx, new)


def test_the_same_holder_name_in_an_older_generation_has_lost_it_too(ledger: Ledger) -> None:
    old = acquire(ledger, "one", 0)
    acquire(ledger, "one", 500)
    with pytest.raises(LeaseLost), ledger.begin(old):
        pass


def test_of_many_that_start_at_once_one_gets_it(ledger: Ledger) -> None:
    won: list[Lease] = []
    lost: list[LeaseLost] = []

    def start(number: int) -> None:
        mine = open_ledger(ledger.url)
        try:
            won.append(acquire(mine, f"run {number}", 0))
        except LeaseLost as error:
            lost.append(error)
        finally:
            mine.close()

    threads = [threading.Thread(target=start, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 7)


def test_change_numbers_of_two_writers_become_visible_in_order(ledger: Ledger) -> None:
    """Whoever sees number n has seen everything below it: the second writer waits for the first."""
    entered, go_on = threading.Event(), threading.Event()
    numbers: dict[str, int] = {}

    def slow() -> None:
        with ledger.begin() as tx:
            numbers["slow"] = changes.next_change(tx)
            entered.set()
            go_on.wait(10)

    def quick() -> None:
        with ledger.begin() as tx:
            numbers["quick"] = changes.next_change(tx)

    first, second = threading.Thread(target=slow), threading.Thread(target=quick)
    first.start()
    entered.wait(10)
    second.start()
    second.join(0.2)
    with ledger.read() as tx:
        assert changes.last_change(tx) == 0
    go_on.set()
    first.join()
    second.join()
    assert numbers == {"slow": 1, "quick": 2}


def test_a_reader_sees_one_moment_and_cannot_write(ledger: Ledger) -> None:
    with ledger.read() as tx:
        before = changes.last_change(tx)
        with ledger.begin() as other:
            changes.next_change(other)
        assert changes.last_change(tx) == before
    with pytest.raises(Exception, match=r"(?i)read-?only|cannot be written"), ledger.read() as tx:
        tx.execute(text("DELETE FROM change_counter"))
    with ledger.begin() as tx:
        assert changes.next_change(tx) == 2
