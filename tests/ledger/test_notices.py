"""What people were told: begun before it is sent, never begun twice, in doubt where somebody was killed."""

import pytest

from crmbridge.ledger import notices, pruning
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.pruning import RULES

MINUTE = 60_000_000
FAR = 10**15


def begin(ledger: Ledger, key: str = "digest/1", *, now_us: int = 1, covers: tuple[str, ...] = ()) -> int | None:
    with ledger.begin() as tx:
        told = {"kind": "digest", "rule": "reps", "until_us": FAR, "now_us": now_us, "covers": covers}
        return notices.begin(tx, key, "mail", **told)  # type: ignore[arg-type]


def end(ledger: Ledger, state: notices.State, key: str = "digest/1", *, now_us: int = 2, **told: object) -> None:
    with ledger.begin() as tx:
        notices.end(tx, key, "mail", state, now_us=now_us, **told)  # type: ignore[arg-type]


def state(ledger: Ledger, key: str = "digest/1") -> str:
    with ledger.read() as tx:
        return notices.states(tx, [key])[key, "mail"].state


@pytest.mark.parametrize("ended", ["delivered", "doubted", "dropped"])
def test_what_may_have_arrived_is_begun_once(ledger: Ledger, ended: notices.State) -> None:
    assert begin(ledger) == 1
    assert begin(ledger) is None, "it is being sent"
    end(ledger, ended)
    assert begin(ledger) is None
    assert state(ledger) == ended


def test_what_did_not_arrive_is_begun_again_and_counted(ledger: Ledger) -> None:
    begin(ledger)
    end(ledger, "waiting", retry_us=5, code="away")
    assert begin(ledger) == 2
    end(ledger, "delivered")
    assert begin(ledger) is None


def test_who_was_killed_leaves_a_doubt_and_a_person_may_say_again(ledger: Ledger) -> None:
    begin(ledger)
    with ledger.begin() as tx:
        notices.settle(tx, now_us=3)
    assert state(ledger) == "doubted"
    with ledger.begin() as tx:
        assert notices.again(tx, "digest/1", "mail", now_us=4)
        assert not notices.again(tx, "digest/1", "mail", now_us=4)
        assert not notices.again(tx, "digest/2", "mail", now_us=4)
    assert begin(ledger) == 2


def test_what_is_too_late_is_dropped(ledger: Ledger) -> None:
    begin(ledger)
    end(ledger, "waiting", retry_us=5, code="away")
    with ledger.begin() as tx:
        notices.settle(tx, now_us=FAR - 1)
    assert state(ledger) == "waiting"
    with ledger.begin() as tx:
        notices.settle(tx, now_us=FAR)
    assert state(ledger) == "dropped"


def test_what_an_alert_speaks_of_counts_once_it_may_have_arrived(ledger: Ledger) -> None:
    begin(ledger, covers=("job:a", "job:b"))
    end(ledger, "waiting", retry_us=5, code="away")
    with ledger.read() as tx:
        assert notices.told(tx, "reps", "mail") == frozenset()
        assert notices.waiting(tx, "reps", "mail", "digest") is not None
    begin(ledger, covers=("job:b", "job:c"))
    end(ledger, "doubted")
    with ledger.read() as tx:
        assert notices.told(tx, "reps", "mail") == {"job:b", "job:c"}
        assert notices.waiting(tx, "reps", "mail", "digest") is None


def test_a_channel_is_well_again_once_it_takes_something(ledger: Ledger) -> None:
    for number, (ended, code) in enumerate([("delivered", None), ("waiting", "away"), ("doubted", "unknown")]):
        begin(ledger, f"k{number}", now_us=number)
        end(ledger, ended, f"k{number}", now_us=10 + number, retry_us=number * MINUTE, code=code)  # type: ignore[arg-type]
    with ledger.read() as tx:
        assert notices.health(tx) == {"mail": notices.Health("mail", 10, 2, 11, 2 * MINUTE, "unknown", None)}
    begin(ledger, "k9")
    end(ledger, "delivered", "k9", now_us=20)
    with ledger.read() as tx:
        assert notices.health(tx) == {"mail": notices.Health("mail", 20)}


def test_old_notices_go_once_they_are_over(ledger: Ledger) -> None:
    for key, until_us in (("old", 5), ("new", 50)):
        with ledger.begin() as tx:
            notices.begin(tx, key, "mail", kind="digest", rule="reps", until_us=until_us, now_us=1)
        end(ledger, "delivered", key, now_us=2)
    with ledger.begin() as tx:
        (rule,) = [one for one in RULES if one.table == "notice"]
        assert pruning.prune(tx, rule, before_us=10) == 1
    with ledger.read() as tx:
        assert [one.key for one in notices.listing(tx)] == ["new"]
