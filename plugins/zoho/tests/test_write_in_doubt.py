"""A write whose answer is lost is never sent again; where nothing was sent, that is said (reliability 2.1, 2.2)."""

from collections.abc import Callable
from typing import TypeVar

import httpx
import pytest
from plugins.zoho.tests.desk import Desk, applied, create, rejected, update

from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Applied, Change, Rejected, Unknown
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    CrmBridgeError,
    LeaseLost,
    ScopeError,
    StoreError,
    Throttled,
    TransientError,
)
from crmbridge_zoho import adapter as adapters
from crmbridge_zoho.adapter import ZohoAdapter

T = TypeVar("T")
LOST: dict[str, dict[str, object]] = {
    "server_error": {"kind": "server_error"},
    "503": {"kind": "server_error", "status": 503},
    "gateway_html": {"kind": "gateway_html"},
    "drop": {"kind": "drop"},
    "drop_after_commit": {"kind": "drop_after_commit"},
    "truncate": {"kind": "truncate"},
    "garbage": {"kind": "garbage"},
}


@pytest.mark.parametrize("fault", LOST)
def test_a_create_without_an_answer_is_unknown_sent_once_and_settles_to_one(desk: Desk, fault: str) -> None:
    desk.zoho.act("fault", method="POST", path="/crm/v8/Deals", times=1, **LOST[fault])
    assert isinstance(desk.one(create("k-1")), Unknown)
    assert len(desk.sent) == 1
    assert isinstance(desk.one(create("k-1")), Applied)
    assert len(desk.zoho.records("Deals")) == 1


@pytest.mark.parametrize("fault", LOST)
def test_a_task_without_an_answer_is_unknown_sent_once_and_settles_to_one(desk: Desk, fault: str) -> None:
    """Tasks know no upsert and no unique field: the second create looks first."""
    desk.zoho.act("fault", method="POST", path="/crm/v8/Tasks", times=1, **LOST[fault])
    assert isinstance(desk.one(create("t-1", module="Tasks", Subject="call")), Unknown)
    assert len(desk.sent) == 1
    assert isinstance(desk.one(create("t-1", module="Tasks", Subject="call")), Applied)
    assert len(desk.zoho.records("Tasks")) == 1


@pytest.mark.parametrize("fault", LOST)
def test_an_update_without_an_answer_is_unknown_and_sent_once(desk: Desk, fault: str) -> None:
    one = desk.deal()
    desk.zoho.act("fault", method="PUT", path="/crm/v8/Deals", times=1, **LOST[fault])
    assert isinstance(desk.one(update(one, Next_Step="x")), Unknown)
    assert len(desk.sent) == 1


def test_an_answer_of_another_shape_is_unknown(desk: Desk) -> None:
    one = desk.deal()
    desk.alter = lambda request, answer: httpx.Response(200, json=[1]) if request.method == "PUT" else answer
    assert isinstance(desk.one(update(one, Next_Step="x")), Unknown)


def test_an_empty_answer_to_a_write_is_unknown(desk: Desk) -> None:
    one = desk.deal()
    desk.alter = lambda request, answer: httpx.Response(204) if request.method == "PUT" else answer
    assert isinstance(desk.one(update(one, Next_Step="x")), Unknown)


def test_a_later_change_of_a_record_in_doubt_is_not_sent(desk: Desk) -> None:
    """It might overtake the first one, which may still land."""
    one, other = desk.deal(), desk.deal()
    desk.zoho.act("fault", kind="drop", method="PUT", path="/crm/v8/Deals", times=1)
    outcomes = desk.push(update(one, Next_Step="first"), update(one, Next_Step="second"))
    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]
    assert len(desk.sent) == 1
    assert isinstance(desk.one(update(other, Next_Step="z")), Applied)


def test_throttled_write_waits_and_is_done_once(desk: Desk) -> None:
    """A 429 says that nothing was done, so this one is sent again (reliability 2.2)."""
    desk.zoho.act("fault", kind="throttle", method="POST", path="/crm/v8/Deals", times=1)
    before = desk.zoho.clock()
    assert isinstance(desk.one(create("k-1")), Applied)
    assert desk.zoho.clock() > before
    assert len(desk.zoho.records("Deals")) == 1


def test_throttled_before_anything_was_tried_raises_and_writes_nothing(desk: Desk) -> None:
    one = desk.deal()
    desk.zoho.act("fault", kind="throttle", method="PUT", path="/crm/v8/Deals", times=-1, retry_after=1800)
    with pytest.raises(Throttled):
        desk.one(update(one, Next_Step="x"))
    assert desk.stored("Deals", one)["Next_Step"] is None


def test_throttled_later_keeps_the_answers_there_are(desk: Desk) -> None:
    ids = desk.zoho.create("Deals", [{**create(f"{n}").fields} for n in range(130)], apart_s=1)
    desk.zoho.act("fault", kind="throttle", method="PUT", path="/crm/v8/Deals", after=1, times=-1, retry_after=1800)
    outcomes = desk.push(*(update(one, Next_Step="x") for one in ids))
    assert [type(one) for one in outcomes] == [Applied] * 100 + [Unknown] * 30
    assert isinstance(outcomes[-1], Unknown)
    assert str(outcomes[-1]).startswith("not sent")


def test_credits_exhausted_raises_and_writes_nothing(desk: Desk) -> None:
    one = desk.deal()
    desk.zoho.act("fault", kind="credits_exhausted", times=1)
    with pytest.raises(Throttled):
        desk.one(update(one, Next_Step="x"))
    assert desk.stored("Deals", one)["Next_Step"] is None


def test_expired_token_is_renewed_and_the_write_done_once(desk: Desk) -> None:
    desk.zoho.act("fault", kind="token_expiry", method="POST", path="/crm/v8/Deals", times=1)
    assert isinstance(desk.one(create("k-1")), Applied)
    assert len(desk.zoho.records("Deals")) == 1


def test_revoked_login_raises_and_writes_nothing(desk: Desk) -> None:
    one = desk.deal()
    desk.zoho.act("revoke")
    desk.zoho.act("kill_access_tokens")
    with pytest.raises(AuthError):
        desk.one(update(one, Next_Step="x"))


def test_unreachable_raises_and_writes_nothing(desk: Desk) -> None:
    one = desk.deal()
    adapter = desk.open()
    adapter.modules.fields("Deals")
    desk.zoho.is_down = True
    with pytest.raises(TransientError):
        adapter.push([update(one, Next_Step="x")])


def test_scope_missing_raises_with_its_name_where_nothing_else_was_written(desk: Desk) -> None:
    one = desk.deal()
    desk.zoho.act("drop_scope", scope="ZohoCRM.modules.ALL")
    desk.zoho.act("drop_scope", scope="ZohoCRM.modules.UPDATE")
    with pytest.raises(ScopeError):
        desk.one(update(one, Next_Step="x"))
    assert desk.stored("Deals", one)["Next_Step"] is None


def test_a_module_without_permission_blocks_no_other(desk: Desk) -> None:
    """NO_PERMISSION (reliability 2.2): the records of that module are refused with the reason, the others go."""
    deal = desk.deal()
    (contact,) = desk.zoho.create("Contacts", [{"Last_Name": "Berg"}])
    desk.zoho.act("set_permission", module="Contacts", allowed=False)
    first, second = desk.push(update(contact, module="Contacts", Title="COO"), update(deal, Next_Step="x"))
    assert isinstance(first, Rejected)
    assert first.message
    assert isinstance(second, Applied)


def test_a_module_that_is_not_there_blocks_no_other(desk: Desk) -> None:
    deal = desk.deal()
    first, second = desk.push(update("1", module="Deels", Next_Step="x"), update(deal, Next_Step="x"))
    assert "Deals" in str(rejected(first))
    assert isinstance(second, Applied)
    with pytest.raises(ConfigError):
        desk.one(update("1", module="Deels", Next_Step="x"))


def test_users_are_not_written(desk: Desk) -> None:
    with pytest.raises(ConfigError):
        desk.one(update("1", module="Users", email="x"))


def test_read_only_connection_builds_no_writer_and_sends_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one = desk.deal()
    made: list[object] = []
    monkeypatch.setattr(adapters, "Writer", lambda *parts: made.append(parts))
    attempts: list[Callable[[ZohoAdapter], object]] = [
        lambda adapter: adapter.push([update(one, Next_Step="x")]),
        lambda adapter: adapter.push([]),
        lambda adapter: adapter.ensure_field("Deals", "New Field", "text"),
    ]
    for attempt in attempts:
        with pytest.raises(ConfigError):
            attempt(desk.open(read_only=True))
    assert made == []
    assert desk.sent == []
    assert not desk.zoho.look("calls/rows")


# what it costs


def test_credits_and_calls_of_writing_are_counted(desk: Desk) -> None:
    """One credit for ten records, one for a hundred deletions, by the calls that were made (dossier 5.1)."""
    ids = desk.zoho.create("Deals", [{**create(f"{n}").fields} for n in range(100)], apart_s=1)
    adapter = desk.open()
    adapter.check()
    adapter.modules.fields("Deals")
    before = adapter.spent().credits
    adapter.push([update(one, Next_Step="x") for one in ids])
    assert adapter.spent().credits - before == 10
    before = adapter.spent().credits
    adapter.push([Change("d", "Deals", one, {}, delete=True) for one in ids])
    assert adapter.spent().credits - before == 1


def test_conditional_writes_go_side_by_side_and_each_is_applied(desk: Desk) -> None:
    ids = [desk.deal() for _ in range(12)]
    bases = [desk.stored("Deals", one)["Modified_Time"] for one in ids]
    outcomes = desk.push(*(update(one, base, Next_Step=base) for one, base in zip(ids, bases, strict=True)))
    assert [applied(outcome).external_id for outcome in outcomes] == ids
    assert [desk.stored("Deals", one)["Next_Step"] for one in ids] == bases


@pytest.mark.parametrize("error", [LeaseLost("locked"), StoreError("the disk is full")], ids=lambda error: error.code)
def test_what_was_written_before_the_store_failed_is_told(desk: Desk, error: CrmBridgeError) -> None:
    """The door asks the store before each call: the second finds it locked, and the first was done."""

    class Failing(InMemoryShared):
        def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
            if desk.sent:
                raise error
            return super().update(key, change)

        def read(self, key: str) -> str | None:
            if desk.sent:
                raise error
            return super().read(key)

    desk.shared = Failing()
    first, second = desk.push(create("k-1"), create("t-1", module="Tasks", Subject="call"))
    assert len(desk.sent) == 1
    assert {type(first), type(second)} == {Applied, Unknown}
