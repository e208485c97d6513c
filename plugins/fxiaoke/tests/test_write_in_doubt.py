"""A write whose answer is lost is not sent again; one whose answer may mean either is settled by looking."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from plugins.fxiaoke.tests.desk import KEY_FIELD, LEADS, Desk, applied, create, rejected, unknown, update

from crmbridge.adapter.context import InMemoryShared
from crmbridge.adapter.contract import Applied, Outcome, Stale, Unknown
from crmbridge.model.errors import (
    AuthError,
    ConfigError,
    ContractError,
    CrmBridgeError,
    LeaseLost,
    StoreError,
    Throttled,
    TransientError,
)
from crmbridge_fxiaoke import adapter as adapters
from crmbridge_fxiaoke.adapter import FxiaokeAdapter
from crmbridge_fxiaoke.write import Writer

T = TypeVar("T")
CREATE, UPDATE, QUERY = "/cgi/crm/v2/data/create", "/cgi/crm/v2/data/update", "/cgi/crm/v2/data/query"
PLAIN_KEY = "plain_key__c"
LOST = ("drop", "drop_after_commit", "server_error", "truncate", "garbage")
COMMITTED = {"drop_after_commit": True, "truncate": True, "garbage": False, "drop": False, "server_error": False}
LATER_S = 120


def lose(desk: Desk, fault: str, path: str, **rest: object) -> None:
    desk.act("fault", kind=fault, path=path, **{"times": 1, **rest})


def plain(desk: Desk) -> str:
    desk.act("add_field", module=LEADS, name=PLAIN_KEY, type="text", label="普通键")
    return PLAIN_KEY


def keys(desk: Desk, field: str) -> int:
    return len([row for row in desk.rows(LEADS) if row.get(field) == "k-1"])


@pytest.mark.parametrize("lag_s", [0, 20])
@pytest.mark.parametrize("field", [KEY_FIELD, PLAIN_KEY], ids=["unique", "not unique"])
@pytest.mark.parametrize("fault", LOST)
def test_a_create_without_an_answer_is_unknown_sent_once_and_settles_to_one(
    tmp_path: Path, fault: str, field: str, lag_s: int
) -> None:
    desk = Desk(tmp_path, index_lag_s=lag_s)
    desk.act("add_field", module=LEADS, name=PLAIN_KEY, type="text", label="普通键")
    lose(desk, fault, CREATE)
    unknown(desk.one(create(desk, "k-1"), external_id_field=field))
    assert desk.verbs() == ["create"]
    for _ in range(3):
        outcome = desk.one(create(desk, "k-1"), external_id_field=field)
        assert isinstance(outcome, Applied | Unknown)
        assert keys(desk, field) <= 1
        desk.clock.advance(LATER_S / 2)
    assert isinstance(outcome, Applied)
    assert keys(desk, field) == 1


def test_a_create_in_doubt_is_not_tried_again_before_a_search_must_show_it(desk: Desk) -> None:
    lose(desk, "drop", CREATE)
    unknown(desk.one(create(desk, "k-1")))
    reason = str(unknown(desk.one(create(desk, "k-1"))))
    assert "90 seconds" in reason
    assert desk.verbs() == ["create"]
    desk.clock.advance(91)
    assert isinstance(desk.one(create(desk, "k-1")), Applied)


@pytest.mark.parametrize("lag_s", [0, 20])
@pytest.mark.parametrize("field", [KEY_FIELD, PLAIN_KEY], ids=["unique", "not unique"])
def test_an_ambiguous_answer_to_a_create_that_was_done_is_settled_by_looking(
    tmp_path: Path, field: str, lag_s: int
) -> None:
    desk = Desk(tmp_path, index_lag_s=lag_s)
    desk.act("add_field", module=LEADS, name=PLAIN_KEY, type="text", label="普通键")
    lose(desk, "service_after_commit", CREATE)
    made = applied(desk.one(create(desk, "k-1"), external_id_field=field))
    assert [row["_id"] for row in desk.rows(LEADS)] == [made.external_id]
    assert desk.verbs() == ["create"]


@pytest.mark.parametrize("fault", ["service", "busy", "system_error"])
def test_an_ambiguous_answer_to_a_create_that_was_not_done_stays_unknown(desk: Desk, fault: str) -> None:
    lose(desk, fault, CREATE)
    unknown(desk.one(create(desk, "k-1")))
    assert desk.verbs() == ["create"]
    desk.clock.advance(LATER_S)
    assert isinstance(desk.one(create(desk, "k-1")), Applied)
    assert keys(desk, KEY_FIELD) == 1


def test_several_ambiguous_creates_wait_together(desk: Desk) -> None:
    lose(desk, "service_after_commit", CREATE, times=3)
    before = desk.clock()
    outcomes = desk.push(*(create(desk, f"k-{number}") for number in range(3)))
    assert all(isinstance(one, Applied) for one in outcomes)
    assert desk.clock() == before
    lose(desk, "service", CREATE, times=2)
    desk.push(create(desk, "j-1"), create(desk, "j-2"))
    assert (desk.clock() - before).total_seconds() == 30


def test_an_ambiguous_create_without_a_key_stays_unknown(desk: Desk) -> None:
    lose(desk, "service_after_commit", CREATE)
    unknown(desk.one(create(desk, "k-1"), external_id_field=None))
    assert desk.verbs() == ["create"]


def test_two_writers_with_one_key_make_one(tmp_path: Path) -> None:
    """Each begins its search before the other has made anything, and no unique field helps."""
    desk = Desk(tmp_path, index_lag_s=20)
    desk.act("add_field", module=LEADS, name=PLAIN_KEY, type="text", label="普通键")
    both_have_looked = threading.Barrier(2, timeout=20)
    lock = threading.Lock()
    inner = desk.handled

    def handled(path: str) -> None:
        with lock:
            inner(path)
        if path == QUERY:
            both_have_looked.wait()

    desk.handled = handled
    outcomes: list[Outcome] = []

    def write() -> None:
        outcomes.append(desk.one(create(desk, "k-1"), external_id_field=PLAIN_KEY))

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    desk.handled = inner
    assert keys(desk, PLAIN_KEY) == 1
    assert len(outcomes) == 2
    assert all(isinstance(one, Applied | Unknown) for one in outcomes)
    assert isinstance(desk.one(create(desk, "k-1"), external_id_field=PLAIN_KEY), Applied)
    assert keys(desk, PLAIN_KEY) == 1


@pytest.mark.parametrize("fault", LOST)
def test_an_update_without_an_answer_is_unknown_and_sent_once(desk: Desk, fault: str) -> None:
    one = desk.lead()
    lose(desk, fault, UPDATE)
    unknown(desk.one(update(one, remark="x")))
    assert desk.verbs() == ["update"]
    assert (desk.stored(LEADS, one).get("remark") == "x") == COMMITTED[fault]


@pytest.mark.parametrize("based", [False, True])
def test_an_ambiguous_update_that_was_done_is_applied_by_looking(desk: Desk, based: bool) -> None:  # noqa: FBT001 - a parameter of the test
    one = desk.lead()
    lose(desk, "service_after_commit", UPDATE)
    made = applied(desk.one(update(one, desk.version(LEADS, one) if based else None, remark="x")))
    assert (made.revision, desk.verbs()) == (desk.version(LEADS, one), ["update"])


@pytest.mark.parametrize("based", [False, True])
@pytest.mark.parametrize("fault", ["service", "system_error", "busy"])
def test_an_ambiguous_update_that_was_not_done_is_made_once_more(desk: Desk, fault: str, based: bool) -> None:  # noqa: FBT001 - as above
    one = desk.lead()
    lose(desk, fault, UPDATE)
    applied(desk.one(update(one, desk.version(LEADS, one) if based else None, remark="x")))
    assert desk.verbs() == ["update", "update"]
    assert desk.stored(LEADS, one)["remark"] == "x"


def test_an_ambiguous_update_of_a_record_that_moved_meanwhile_is_unknown(desk: Desk) -> None:
    one = desk.lead()
    base = desk.version(LEADS, one)
    lose(desk, "service", UPDATE)

    def edited(path: str) -> None:
        if path == UPDATE:
            desk.act("edit", module=LEADS, record_id=one, changes={"remark": "by a person"})

    desk.handled = edited
    unknown(desk.one(update(one, base, remark="x")))
    assert (desk.verbs(), desk.stored(LEADS, one)["remark"]) == (["update"], "by a person")


def test_an_ambiguous_update_of_a_record_that_is_locked_is_refused(desk: Desk) -> None:
    one = desk.lead()
    lose(desk, "service", UPDATE)

    def locked(path: str) -> None:
        if path == UPDATE:
            desk.act("lock", module=LEADS, record_id=one)

    desk.handled = locked
    assert rejected(desk.one(update(one, remark="x"))).code == "50009"


def test_an_ambiguous_update_that_nobody_can_look_for_is_unknown(desk: Desk) -> None:
    one = desk.lead()
    lose(desk, "service", UPDATE)
    lose(desk, "server_error", "/cgi/crm/v2/data/get", times=-1)
    unknown(desk.one(update(one, remark="x")))
    assert desk.verbs() == ["update"]


def test_an_ambiguous_create_that_nobody_can_look_for_is_unknown(desk: Desk) -> None:
    lose(desk, "service_after_commit", CREATE)
    lose(desk, "server_error", QUERY, after=1, times=-1)
    unknown(desk.one(create(desk, "k-1")))
    assert desk.verbs() == ["create"]


def test_a_record_that_was_made_and_deleted_a_moment_ago_may_be_made_again(desk: Desk) -> None:
    first = applied(desk.one(create(desk, "k-1"), external_id_field=plain(desk)))
    desk.act("invalid", module=LEADS, record_id=first.external_id)
    second = applied(desk.one(create(desk, "k-1"), external_id_field=PLAIN_KEY))
    assert second.external_id != first.external_id


def test_a_record_that_was_made_a_moment_ago_and_cannot_be_read_is_that_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path, index_lag_s=20)
    first = applied(desk.one(create(desk, "k-1")))
    lose(desk, "server_error", "/cgi/crm/v2/data/get", times=-1)
    assert desk.one(create(desk, "k-1")) == Applied(first.external_id)


def test_announcements_that_are_no_text_of_ours_are_forgotten(desk: Desk) -> None:
    for number in range(64):
        desk.shared.update(f"creates/{number:02x}", lambda _: ("[1", None))
    assert isinstance(desk.one(create(desk, "k-1")), Applied)


def test_an_answer_without_an_id_is_looked_for(desk: Desk) -> None:
    def nameless(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        told = answer.json()
        return httpx.Response(200, json={"errorCode": 0}) if request.url.path == CREATE and told else answer

    desk.alter = nameless
    made = applied(desk.one(create(desk, "k-1")))
    assert [row["_id"] for row in desk.rows(LEADS)] == [made.external_id]


def test_another_record_than_was_asked_for_is_never_taken_for_it(desk: Desk) -> None:
    one = desk.lead()

    def other(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("/get"):
            return answer
        return httpx.Response(200, json={"errorCode": 0, "data": {"_id": "66f0", "version": "1"}})

    desk.alter = other
    assert desk.one(update(one, remark="x")) == Applied(one, None)
    with pytest.raises(ContractError):
        desk.one(update(one, "1", remark="y"))


def test_an_answer_that_cannot_be_trusted_ends_the_push_and_keeps_the_answers_there_are(desk: Desk) -> None:
    one, other, third = desk.lead(), desk.lead(), desk.lead()
    base = desk.version(LEADS, other)

    def puzzling(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        is_other = request.url.path.endswith("/get") and other in request.content.decode()
        return httpx.Response(200, json={"errorCode": 0, "data": {"_id": "66f0"}}) if is_other else answer

    desk.alter = puzzling
    outcomes = desk.push(update(one, remark="x"), update(other, base, remark="x"), update(third, remark="x"))
    assert [type(outcome) for outcome in outcomes] == [Applied, Unknown, Unknown]
    assert desk.verbs() == ["update"]


def test_an_ambiguous_update_whose_second_try_is_not_sent_is_unknown(desk: Desk) -> None:
    """The first may still land, so it is not said that nothing was sent."""
    one = desk.lead()
    lose(desk, "service", UPDATE)
    lose(desk, "quota_exhausted", UPDATE, after=1)
    told = str(unknown(desk.one(update(one, remark="x"))))
    assert not told.startswith("not sent")
    assert "50009" in told


@pytest.mark.parametrize("fault", ["quota_exhausted", "drop", "service"])
def test_a_field_that_was_not_emptied_and_cannot_be_now_is_told(tmp_path: Path, fault: str) -> None:
    desk = Desk(tmp_path, clearing="not_null")
    one = desk.lead(remark="x")
    lose(desk, fault, UPDATE, after=1, times=-1)
    outcome = desk.one(update(one, remark=None, company="y"))
    desk.act("faults/clear")
    desk.act("reset_quota")
    assert desk.stored(LEADS, one)["remark"] == "x"
    assert not isinstance(outcome, Applied)
    assert "remark" in str(outcome)


def test_a_field_that_nobody_can_see_to_be_empty_is_unknown(desk: Desk) -> None:
    one = desk.lead(remark="x")
    lose(desk, "server_error", "/cgi/crm/v2/data/get", times=-1)
    assert "remark" in str(unknown(desk.one(update(one, remark=None))))


def test_an_update_that_stays_ambiguous_is_unknown_after_two(desk: Desk) -> None:
    one = desk.lead()
    lose(desk, "service", UPDATE, times=-1)
    unknown(desk.one(update(one, remark="x")))
    assert desk.verbs() == ["update", "update"]


def test_a_later_change_of_a_record_in_doubt_is_not_sent(desk: Desk) -> None:
    """It might overtake the first one, which may still land."""
    one = desk.lead()
    lose(desk, "drop", UPDATE)
    outcomes = desk.push(update(one, remark="first"), update(one, remark="second"))
    assert [type(one) for one in outcomes] == [Unknown, Unknown]
    assert desk.verbs() == ["update"]


# what ends a push


@pytest.mark.parametrize("code", ["14001", "30004", "text"])
@pytest.mark.parametrize("path", [CREATE, UPDATE])
def test_a_throttled_write_waits_for_its_window_and_is_done_once(tmp_path: Path, path: str, code: str) -> None:
    desk = Desk(tmp_path, throttle_code=code)
    one = desk.lead()
    lose(desk, "throttle", path)
    before = desk.clock()
    applied(desk.one(create(desk, "k-1") if path == CREATE else update(one, remark="x")))
    assert (desk.clock() - before).total_seconds() >= 20
    assert len(desk.rows(LEADS)) == (2 if path == CREATE else 1)


def test_the_days_calls_used_up_raises_and_writes_nothing(desk: Desk) -> None:
    one = desk.lead()
    lose(desk, "quota_exhausted", UPDATE)
    with pytest.raises(Throttled) as caught:
        desk.one(update(one, remark="x"))
    assert caught.value.after is not None
    assert caught.value.after > 3600
    desk.act("reset_quota")
    assert desk.stored(LEADS, one).get("remark") is None


def test_the_days_calls_used_up_keeps_the_answers_there_are(desk: Desk) -> None:
    ids = [desk.lead() for _ in range(3)]
    lose(desk, "quota_exhausted", UPDATE, after=1)
    outcomes = desk.push(*(update(one, remark="x") for one in ids))
    assert [type(one) for one in outcomes] == [Applied, Unknown, Unknown]
    assert str(outcomes[2]).startswith("not sent")
    desk.act("reset_quota")
    assert [desk.stored(LEADS, one).get("remark") for one in ids] == ["x", None, None]


def test_a_create_that_was_not_sent_may_be_made_at_once(desk: Desk) -> None:
    lose(desk, "quota_exhausted", CREATE)
    with pytest.raises(Throttled):
        desk.one(create(desk, "k-1"))
    desk.act("reset_quota")
    desk.clock.advance(86_400)
    assert isinstance(desk.one(create(desk, "k-1")), Applied)


@pytest.mark.parametrize("number", [20006, 20012, 20021, 30003])
def test_a_refused_login_raises_and_writes_nothing(desk: Desk, number: int) -> None:
    one = desk.lead()
    desk.act("fault", kind="error", code=number, message="不行", path=UPDATE, times=-1)
    with pytest.raises(AuthError):
        desk.one(update(one, remark="x"))


def test_an_app_without_the_right_to_update_raises_where_nothing_else_was_written(desk: Desk) -> None:
    one, other = desk.lead(), desk.lead()
    desk.act("fault", kind="error", code=15003, message="无权限", path=UPDATE, times=-1)
    with pytest.raises(AuthError):
        desk.push(update(one, remark="x"), update(other, remark="x"))
    first, second = desk.push(update(one, remark="x"), create(desk, "k-1"))
    assert "15003" in str(rejected(first))
    assert isinstance(second, Applied)


def test_an_unknown_code_is_the_records_own_with_all_that_was_said(desk: Desk) -> None:
    one, other = desk.lead(), desk.lead()
    desk.act("fault", kind="error", code=320009999, message="某个新的业务错误", path=UPDATE, times=1)
    first, second = desk.push(update(one, remark="x"), update(other, remark="x"))
    told = str(rejected(first))
    assert "某个新的业务错误" in told
    assert "E-O." in told
    assert rejected(first).code == "320009999"
    assert isinstance(second, Applied)


def test_an_expired_token_is_renewed_and_the_write_done_once(desk: Desk) -> None:
    lose(desk, "token_expiry", CREATE)
    assert isinstance(desk.one(create(desk, "k-1")), Applied)
    assert keys(desk, KEY_FIELD) == 1


def test_unreachable_raises_and_writes_nothing(desk: Desk) -> None:
    one = desk.lead()
    hand = desk.hand()
    hand.objects.fields(LEADS)
    desk.is_down = True
    with pytest.raises(TransientError):
        hand.push([update(one, remark="x")])


def test_a_record_that_cannot_be_read_afterwards_is_applied_without_a_revision(desk: Desk) -> None:
    one = desk.lead()
    lose(desk, "server_error", "/cgi/crm/v2/data/get", times=-1)
    assert desk.one(update(one, remark="x")) == Applied(one, None)
    assert applied(desk.one(create(desk, "k-1"))).revision is None


@pytest.mark.parametrize("error", [LeaseLost("locked"), StoreError("the disk is full")], ids=lambda error: error.code)
def test_what_was_written_before_the_store_failed_is_told(desk: Desk, error: CrmBridgeError) -> None:
    class Failing(InMemoryShared):
        def update(self, key: str, change: Callable[[str | None], tuple[str | None, T]]) -> T:
            if desk.writes:
                raise error
            return super().update(key, change)

        def read(self, key: str) -> str | None:
            if desk.writes:
                raise error
            return super().read(key)

    desk.shared = Failing()
    first, second = desk.push(create(desk, "k-1"), create(desk, "k-2"))
    assert isinstance(first, Applied)
    assert isinstance(second, Unknown)
    assert desk.verbs() == ["create"]


def test_stale_is_told_and_the_rest_goes_on(desk: Desk) -> None:
    one, other = desk.lead(), desk.lead()
    base = desk.version(LEADS, one)
    desk.act("edit", module=LEADS, record_id=one, changes={"remark": "by a person"})
    first, second = desk.push(update(one, base, remark="x"), update(other, remark="x"))
    assert isinstance(first, Stale)
    assert first.current is not None
    assert first.current.payload["remark"] == "by a person"
    assert isinstance(second, Applied)
    assert desk.stored(LEADS, one)["remark"] == "by a person"


def test_a_connection_for_reading_builds_no_writer_and_sends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = desk.lead()
    made: list[object] = []
    monkeypatch.setattr(adapters, "Writer", lambda *parts: made.append(parts))
    attempts: list[Callable[[FxiaokeAdapter], object]] = [
        lambda adapter: adapter.push([update(one, remark="x")]),
        lambda adapter: adapter.push([create(desk, "k-1")]),
        lambda adapter: adapter.push([]),
        lambda adapter: adapter.ensure_field(LEADS, "New Field", "text"),
    ]
    for attempt in attempts:
        with pytest.raises(ConfigError):
            attempt(desk.hand(read_only=True))
    assert (made, desk.asked) == ([], [])


def test_even_a_writer_sends_nothing_on_a_connection_for_reading(desk: Desk) -> None:
    """The door refuses it before a byte leaves, whoever forgot to ask."""
    one = desk.lead()
    reading = desk.hand(read_only=True)
    with pytest.raises(ConfigError):
        Writer(reading.session, reading.objects).push([update(one, remark="x")])
    assert desk.writes == []


def test_a_push_does_not_wait_for_a_search_that_lags_long(tmp_path: Path) -> None:
    desk = Desk(tmp_path, index_lag_s=3600)
    assert desk.hand(index_lag_s=3600).describe().limits.find_lag_s == 3600
    lose(desk, "service_after_commit", CREATE)
    before = desk.clock()
    unknown(desk.one(create(desk, "k-1"), index_lag_s=3600))
    assert desk.clock() == before
