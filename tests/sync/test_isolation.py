"""What fails in one place changes nothing in another, and the exit code says what needs a person most."""

import itertools
from dataclasses import replace
from functools import partial

import pytest
from tests.sync.fakes import Crm
from tests.sync.world import World

from crmbridge.adapter.contract import Health, Page, RawRecord
from crmbridge.ledger import leases, raw, runs
from crmbridge.ledger.transaction import LedgerTx
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    ContractError,
    CrmBridgeError,
    GuardStop,
    LeaseLost,
    ScopeError,
    StoreError,
    Throttled,
    Timeout,
    Unavailable,
)
from crmbridge.sync.outcome import SEVERITY, Step, SyncResult, worst


def filled(world: World, name: str = "books") -> Crm:
    crm = world.add(name)
    for object_name in ("users", "accounts", "deals"):
        for n in range(5):
            fields = {"name": f"{object_name} {n}", "stage": "New"} if object_name == "deals" else {"name": object_name}
            crm.store.put(object_name, fields, external_id=f"{name}-{n}")
    return crm


def counts(world: World) -> list[int]:
    return [len(world.public(name)) for name in ("user", "account", "deal")]


ERRORS: list[tuple[Exception, int]] = [
    (Unavailable("down"), 5),
    (Timeout("slow"), 5),
    (Throttled("busy"), 5),
    (AuthError("no"), 4),
    (ConfigError("wrong"), 78),
    (ContractError("odd"), 5),
    (GuardStop("stop"), 3),
    (StoreError("disk"), 6),
    (LeaseLost("taken"), 75),
    (ValueError("secret value of a record"), 5),
]


@pytest.mark.parametrize(("error", "code"), ERRORS, ids=lambda e: type(e).__name__)
def test_a_connection_that_fails_leaves_the_others_alone(world: World, error: Exception, code: int) -> None:
    filled(world, "books").check_error = error
    filled(world, "shop")
    result = world.sync()
    assert result.exit_code == code
    ((name, told),) = result.failures
    assert (name, told.exit_code) == ("books", code)
    assert counts(world) == [5, 5, 5]
    assert "secret" not in str(told)
    world.crms["books"].check_error = None
    assert world.sync().exit_code == 0
    assert counts(world) == [10, 10, 10]


STOPS = {"Throttled", "AuthError", "StoreError", "LeaseLost"}


@pytest.mark.parametrize(("error", "code"), [*ERRORS, (ScopeError("no permission"), 4)], ids=lambda e: type(e).__name__)
def test_an_object_that_fails_leaves_the_others_alone_unless_nothing_can_go_on(
    world: World, error: Exception, code: int
) -> None:
    filled(world).errors["accounts"] = error
    result = world.sync()
    stops = type(error).__name__ in STOPS
    assert result.exit_code == code
    assert counts(world) == ([5, 0, 0] if stops else [5, 0, 5])
    assert [(step.object, step.exit_code) for step in result.steps] == [("users", 0), ("accounts", code)] + (
        [] if stops else [("deals", 0)]
    )
    with world.ledger.read() as tx:
        (run,) = runs.listing(tx)
    assert run.exit_code == code
    assert [step.exit_code for step in run.steps] == [step.exit_code for step in result.steps]


def test_what_was_read_before_an_error_stays_and_the_rest_follows(world: World) -> None:
    filled(world).late_errors["accounts"] = Unavailable("gone")
    world.sync()
    assert counts(world) == [5, 3, 5]
    world.crms["books"].late_errors.clear()
    result = world.sync()
    assert (result.exit_code, counts(world)) == (0, [5, 5, 5])
    assert [step.counts.read for step in result.steps] == [0, 2, 0]


def test_an_object_without_permission_stops_no_other(world: World) -> None:
    crm = filled(world)
    crm.unreadable = frozenset({"accounts"})
    result = world.sync()
    assert (result.exit_code, counts(world)) == (4, [5, 0, 5])
    assert ("pull", "accounts") not in crm.calls


def test_a_source_with_problems_is_read_as_far_as_it_goes(world: World) -> None:
    crm = filled(world)
    crm.health = Health(ok=False, org_id="org-1", title="Books", problems=("accounts: no file",))
    crm.errors["accounts"] = Unavailable("no file")
    result = world.sync()
    assert (result.exit_code, counts(world), result.failures) == (5, [5, 0, 5], [])
    crm.errors.clear()
    result = world.sync()
    assert (result.exit_code, counts(world)) == (5, [5, 5, 5])
    assert "accounts: no file" in str(result.failures[0][1])


def test_a_source_that_cannot_say_who_it_is_is_not_read(world: World) -> None:
    crm = filled(world)
    crm.health = Health(ok=False, org_id="", title="", problems=("no licence",))
    assert world.sync().exit_code == 5
    assert [call for call, _ in crm.calls] == ["check", "close"]


def test_another_account_behind_the_connection_stops_before_anything_is_read(world: World) -> None:
    crm = filled(world)
    world.sync()
    crm.org_id = "org-2"
    crm.calls.clear()
    with world.nothing_written():
        result = world.sync()
    assert result.exit_code == 78
    assert [call for call, _ in crm.calls] == ["check", "close"]


def test_a_bug_of_ours_leaves_and_is_in_the_history(world: World) -> None:
    filled(world).tamper = lambda page: replace(page, cursor=None)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        world.sync()
    with world.ledger.read() as tx:
        (run,) = runs.listing(tx)
    assert (run.exit_code, [step.exit_code for step in run.steps]) == (70, [70])


def test_an_interruption_is_130_and_the_lease_is_free_again(world: World) -> None:
    filled(world).late_errors["accounts"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        world.sync()
    with world.ledger.read() as tx:
        assert [run.exit_code for run in runs.listing(tx)] == [130]
    world.holder = "there:2"
    world.crms["books"].late_errors.clear()
    assert world.sync().exit_code == 0


@pytest.mark.parametrize("is_retry", [False, True])
def test_an_object_that_cannot_be_read_again_stops_no_other(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    is_retry: bool,  # noqa: FBT001 - a case
) -> None:
    crm = filled(world)
    world.sync()
    pending = raw.pending

    def broken(tx: LedgerTx, connection_id: int, object_name: str, mapping_id: int, **more: int) -> list[raw.Pending]:
        if object_name == "accounts":
            raise ContractError("broken")
        return pending(tx, connection_id, object_name, mapping_id, **more)

    monkeypatch.setattr(raw, "pending", broken)
    crm.calls.clear()
    result = world.retry() if is_retry else world.sync()
    assert [step.exit_code for step in result.steps] == [0, 5, 0]
    assert ("pull", "accounts") not in crm.calls


# -- the law of the cursor


def tampered(world: World, **changed: object) -> CrmBridgeError:
    filled(world).tamper = lambda page: replace(page, **changed)  # type: ignore[arg-type]
    result = world.sync()
    (error,) = {type(step.error): step.error for step in result.steps if step.error}.values()
    assert isinstance(error, ContractError)
    assert result.exit_code == 5
    return error


def test_a_cursor_that_does_not_move_over_records_stops_the_object(world: World) -> None:
    assert "did not move" in str(tampered(world, cursor="same"))
    assert counts(world) == [3, 3, 3], "the first page was taken"
    result = world.sync()
    assert result.exit_code == 5
    assert [step.counts.read for step in result.steps] == [0, 0, 0]


def test_a_cursor_that_comes_back_does_not_go_round_for_ever(world: World) -> None:
    crm = filled(world)
    crm.page_size = 1
    turn = itertools.cycle("abc")
    crm.tamper = lambda page: replace(page, cursor=next(turn))
    assert world.sync().exit_code == 5
    assert counts(world)[0] == 3


def test_a_cursor_may_stay_over_a_page_without_records(world: World) -> None:
    crm = filled(world)
    world.sync()
    crm.problems["users"] = []
    assert world.sync().exit_code == 0


@pytest.mark.parametrize(("length", "code"), [(4096, 0), (4097, 5)])
def test_a_cursor_has_four_kibibytes(world: World, length: int, code: int) -> None:
    crm = filled(world)
    crm.page_size = 50
    crm.tamper = lambda page: replace(page, cursor=("é" * length)[: length // 2] + "x" * (length % 2))
    assert world.sync().exit_code == code


def test_records_of_another_object_are_refused(world: World) -> None:
    assert "was asked for" in str(tampered(world, records=[RawRecord("leads", "l1", {"name": "Lead"})]))
    assert counts(world) == [0, 0, 0]


def test_a_pull_without_a_page_breaks_the_contract(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(world)
    monkeypatch.setattr("tests.sync.fakes.PlainAdapter._pages", lambda *_: iter(()))
    assert world.sync().exit_code == 5


def test_a_float_is_a_broken_adapter_and_no_bad_record(world: World) -> None:
    filled(world).extra["users"] = [RawRecord("users", "u9", {"name": 1.5})]
    result = world.sync()
    assert (result.exit_code, counts(world)) == (5, [3, 5, 5])
    assert world.quarantine() == []


# -- leases


def test_a_connection_that_another_run_holds_is_left_alone(world: World) -> None:
    filled(world, "books")
    filled(world, "shop")
    with world.ledger.begin() as tx:
        leases.acquire(tx, "connection:books", "there:9", now_us=world.around().now_us() + 60_000_000)
    result = world.sync()
    assert result.exit_code == 75
    assert world.crms["books"].calls == []
    assert set(world.public("user")) == {f"shop-{n}" for n in range(5)}


def test_the_lease_of_a_dead_holder_is_taken_over(world: World) -> None:
    filled(world)
    with world.ledger.begin() as tx:
        leases.acquire(tx, "connection:books", "there:9", now_us=world.around().now_us() + 60_000_000)
    world.gone.add("there:9")
    assert world.sync().exit_code == 0


def test_after_a_lost_lease_nothing_is_committed(world: World) -> None:
    crm = filled(world)
    taken: list[int] = []

    def take_over() -> None:
        if crm.calls[-1] == ("pull", "accounts") and not taken:
            taken.append(1)
            world.clock.advance(1000)
            with world.ledger.begin() as tx:
                leases.acquire(tx, "connection:books", "there:9", now_us=world.around().now_us())

    crm.before_page = take_over
    result = world.sync()
    assert result.exit_code == 75
    assert counts(world) == [5, 0, 0]
    with world.ledger.begin() as tx, pytest.raises(LeaseLost):
        leases.acquire(tx, "connection:books", "here:1", now_us=world.around().now_us())


def test_a_long_run_renews_its_lease(world: World) -> None:
    crm = filled(world)
    crm.page_size = 1
    crm.before_page = partial(world.clock.advance, 31)
    refused = []

    def try_to_take(page: Page) -> Page:
        with world.ledger.begin() as tx:
            try:
                leases.acquire(tx, "connection:books", "there:9", now_us=world.around().now_us())
            except LeaseLost as error:
                refused.append(error)
        return page

    crm.tamper = try_to_take
    assert world.sync().exit_code == 0
    assert len(refused) == 15


# -- exit codes


def test_the_worst_exit_code_is_the_one_that_needs_a_person_most() -> None:
    for worse, better in itertools.combinations(SEVERITY, 2):
        assert worst([better, worse]) == worse
    assert worst([]) == 0
    assert SEVERITY[0] == 70
    assert set(SEVERITY) == {0, 1, 3, 4, 5, 6, 70, 75, 78}


def test_a_result_counts_failures_and_steps() -> None:
    result = SyncResult("1", [Step("a", "x", "deal", waiting=1)], [("b", Unavailable("down"))])
    assert result.exit_code == 5
