"""Every record of a push has its own outcome: its own result, a reason for a person, or an honest doubt."""

import random
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugins.zoho.tests.desk import Desk, applied, create, rejected, results, update
from pydantic import JsonValue

from crmbridge.adapter.contract import Applied, Change, Rejected, Stale, Unknown
from crmbridge_zoho.errors import Refusal
from crmbridge_zoho.results import Done, placed


def test_partial_batch_each_row_has_its_own_outcome(desk: Desk) -> None:
    """A random half of a hundred is refused by Zoho; the others are written (reliability 2.2)."""
    ids = [desk.deal(Next_Step=f"old {number}") for number in range(100)]
    bad = set(random.Random(7).sample(range(100), 40))  # noqa: S311 - a seed, not a secret
    changes = [update(one, Deal_Name="x" * 200 if number in bad else f"new {number}") for number, one in enumerate(ids)]
    outcomes = desk.push(*changes)
    assert [isinstance(one, Rejected) for one in outcomes] == [number in bad for number in range(100)]
    assert {rejected(outcomes[number]).field for number in bad} == {"Deal_Name"}
    stored = desk.zoho.records("Deals")
    for number, one in enumerate(ids):
        assert stored[one]["Deal_Name"] == ("retrofit" if number in bad else f"new {number}")
    assert desk.paths() == ["PUT Deals"]


def test_permuted_results_are_put_to_the_records_they_name(desk: Desk) -> None:
    ids = [desk.deal() for _ in range(6)]
    order = [3, 0, 5, 1, 4, 2]
    desk.alter = lambda request, answer: (
        results(answer, lambda items: [items[place] for place in order]) if request.method == "PUT" else answer
    )
    changes = [update(one, Deal_Name="y" * 200 if number == 4 else f"n{number}") for number, one in enumerate(ids)]
    outcomes = desk.push(*changes)
    assert [applied(outcomes[n]).external_id for n in (0, 1, 2, 3, 5)] == [ids[n] for n in (0, 1, 2, 3, 5)]
    assert rejected(outcomes[4]).code == "INVALID_DATA"


@pytest.mark.parametrize(
    "change",
    [lambda items: items[:-1], lambda items: [*items, items[0]], lambda _: [], lambda items: [7, *items[1:]]],
    ids=["one too few", "one too many", "none", "no result"],
)
def test_results_that_are_nobodys_leave_their_record_in_doubt(desk: Desk, change: Callable[[Any], Any]) -> None:
    desk.alter = lambda request, answer: (
        results(answer, change) if request.method == "POST" and "Deals" in request.url.path else answer
    )
    outcomes = desk.push(create("k1"), create("k2"), create("k3"))
    assert Unknown in {type(one) for one in outcomes}
    for outcome in outcomes:
        if isinstance(outcome, Applied):
            assert outcome.external_id in desk.zoho.records("Deals")
    desk.alter = None
    found = desk.open().find("Deals", "Our_Key", ["k1", "k2", "k3"])
    assert [len(hits) for hits in found] == [1, 1, 1]


IDS = ("1", "2", "3", "4", "5")


@given(st.permutations(range(5)), st.sets(st.integers(0, 4)))
def test_any_order_of_results_is_undone_by_ids_and_paths(order: list[int], failed: set[int]) -> None:
    """Whatever order Zoho answers in, each id gets its own result, and never another's."""

    def item(place: int) -> dict[str, object]:
        if place in failed:
            details = {"api_name": "Email", "json_path": f"$.data[{place}].Email"}
            return {"code": "INVALID_DATA", "details": details, "message": f"no {place}", "status": "error"}
        return {"code": "SUCCESS", "details": {"id": IDS[place]}, "message": "record updated", "status": "success"}

    for place, result in enumerate(placed([item(place) for place in order], IDS, status=207)):
        if place in failed:
            assert isinstance(result, Refusal)
            assert result.message == f"no {place}"
        else:
            assert result == Done(IDS[place], None)


@given(st.lists(st.sampled_from(["1", "2", "3", "9", None]), max_size=6))
def test_no_answer_gives_a_record_the_result_of_another(told: list[str | None]) -> None:
    items = [{"code": "SUCCESS", "details": {"id": one}, "status": "success"} for one in told]
    for identity, result in zip(IDS, placed(items, IDS, status=200), strict=True):
        assert result is None or (isinstance(result, Done) and result.external_id == identity)


def test_a_code_that_nobody_knows_is_never_success(desk: Desk) -> None:
    one = desk.deal()
    strange = {"code": "WHOLLY_NEW", "details": {}, "message": "?", "status": "error"}
    desk.alter = lambda request, answer: results(answer, lambda _: [strange]) if request.method == "PUT" else answer
    assert rejected(desk.one(update(one, Next_Step="x"))).code == "WHOLLY_NEW"


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", "SERVICE_UNAVAILABLE", "TOO_MANY_REQUESTS"])
def test_a_failure_of_zoho_for_one_record_leaves_that_record_in_doubt(desk: Desk, code: str) -> None:
    ids = [desk.deal(), desk.deal()]
    failure = {"code": code, "details": {}, "message": "later", "status": "error"}
    desk.alter = lambda request, answer: (
        results(answer, lambda items: [items[0], failure]) if request.method == "PUT" else answer
    )
    first, second = desk.push(*(update(one, Next_Step="x") for one in ids))
    assert isinstance(first, Applied)
    assert isinstance(second, Unknown)


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"Email": "no mail"}, "Email", "INVALID_DATA"),
        ({"Last_Name": None}, "Last_Name", "MANDATORY_NOT_FOUND"),
        ({"Account_Name": {"id": "999999999999999999"}}, "Account_Name", "INVALID_DATA"),
    ],
)
def test_a_validation_that_fails_names_code_field_and_reason(
    desk: Desk, fields: dict[str, JsonValue], field: str, code: str
) -> None:
    (one,) = desk.zoho.create("Contacts", [{"Last_Name": "Berg"}])
    outcome = rejected(desk.one(Change("c", "Contacts", one, fields)))
    assert (outcome.field, outcome.code) == (field, code)
    assert outcome.message


def test_several_errors_of_one_record_are_all_told(desk: Desk) -> None:
    outcome = rejected(desk.one(Change("m", "Deals", None, {"Deal_Name": "no stage"})))
    assert outcome.code == "MULTIPLE_OR_MULTI_ERRORS"
    assert "Stage" in str(outcome)
    assert "Pipeline" in str(outcome)


# held up in Zoho: RECORD_LOCKED, RECORD_IN_BLUEPRINT, validation rule, DUPLICATE_DATA (reliability 2.2)


def test_record_locked_is_rejected_once_and_blocks_no_other(desk: Desk) -> None:
    locked, free = desk.deal(), desk.deal()
    desk.zoho.act("lock", module="Deals", record_id=locked)
    first, second = desk.push(update(locked, Next_Step="x"), update(free, Next_Step="y"))
    assert rejected(first).code == "RECORD_LOCKED"
    assert isinstance(second, Applied)
    assert desk.paths() == ["PUT Deals"]


def test_record_in_blueprint_says_that_a_person_must_take_the_transition(desk: Desk) -> None:
    bound, free = desk.deal(), desk.deal()
    desk.zoho.act("blueprint", deal=bound)
    first, second = desk.push(update(bound, Stage="Needs Analysis"), update(free, Stage="Needs Analysis"))
    assert (rejected(first).code, rejected(first).field) == ("RECORD_IN_BLUEPRINT", "Stage")
    assert "blueprint" in str(rejected(first))
    assert isinstance(second, Applied)
    assert desk.stored("Deals", bound)["Stage"] == "Qualification"


def test_not_approved_is_rejected(desk: Desk) -> None:
    one = desk.deal()
    desk.zoho.act("approval", module="Deals", record_id=one)
    assert rejected(desk.one(update(one, Next_Step="x"))).code == "NOT_APPROVED"


def test_duplicate_data_in_another_module_names_it(desk: Desk) -> None:
    (contact,) = desk.zoho.create("Contacts", [{"Last_Name": "Berg", "Email": "elin@nordlys.example"}])
    desk.zoho.act("switch", name="leads_checked_against_contacts", value="on")
    fields: dict[str, JsonValue] = {"Last_Name": "Berg", "Company": "Nordlys", "Email": "elin@nordlys.example"}
    outcome = rejected(desk.one(create("lead-1", module="Leads", **fields)))
    assert outcome.code == "DUPLICATE_DATA"
    assert contact in str(outcome)
    assert "Contacts" in str(outcome)
    assert not desk.zoho.records("Leads")


def test_duplicate_data_of_another_unique_field_writes_into_no_stranger(desk: Desk) -> None:
    """An upsert would have written into the contact that has this badge; a stranger is left alone."""
    desk.zoho.act("add_field", module="Contacts", name="Badge", data_type="text", length=40, unique=True)
    (stranger,) = desk.zoho.create("Contacts", [{"Last_Name": "Stranger", "Badge": "B-1"}])
    outcome = rejected(desk.one(create("c-1", module="Contacts", Last_Name="Berg", Badge="B-1")))
    assert (outcome.code, outcome.field) == ("DUPLICATE_DATA", "Badge")
    assert desk.stored("Contacts", stranger)["Last_Name"] == "Stranger"
    assert len(desk.zoho.records("Contacts")) == 1


def test_update_of_a_deleted_record_creates_none(desk: Desk) -> None:
    one = desk.deal()
    desk.zoho.act("delete", module="Deals", record_id=one)
    assert rejected(desk.one(update(one, Next_Step="x"))).field == "id"
    assert not desk.zoho.records("Deals")


def test_converted_lead_is_written_or_refused_but_never_made_again(desk: Desk) -> None:
    (lead,) = desk.zoho.create("Leads", [{"Last_Name": "Petterson", "Company": "Nordlys"}])
    desk.zoho.act("convert", lead=lead)
    before = len(desk.zoho.records("Leads"))
    outcome = desk.one(update(lead, module="Leads", Designation="COO"))
    assert isinstance(outcome, Applied | Rejected)
    assert len(desk.zoho.records("Leads")) == before


def bare(code: str, status: int = 400, **details: object) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "details": details, "message": "no", "status": "error"})


def test_a_call_that_is_refused_for_one_record_goes_again_record_by_record(desk: Desk) -> None:
    """A bare refusal says that nothing of the call was done: the others need not suffer."""
    ids = [desk.deal() for _ in range(3)]
    desk.alter = lambda request, answer: (
        bare("INVALID_DATA", api_name="Next_Step")
        if request.content.count(b'"id"') > 1 or b"bad" in request.content
        else answer
    )
    outcomes = desk.push(*(update(one, Next_Step="bad" if one == ids[1] else "good") for one in ids))
    assert [type(one) for one in outcomes] == [Applied, Rejected, Applied]
    assert rejected(outcomes[1]).field == "Next_Step"


@pytest.mark.parametrize("code", ["INVALID_MODULE", "LIMIT_EXCEEDED", "WHOLLY_NEW"])
def test_a_call_that_is_wrong_in_itself_is_not_tried_record_by_record(desk: Desk, code: str) -> None:
    ids = [desk.deal() for _ in range(3)]
    desk.alter = lambda request, answer: bare(code) if request.method == "PUT" else answer
    assert {rejected(one).code for one in desk.push(*(update(one, Next_Step="x") for one in ids))} == {code}
    assert len(desk.sent) == 1


def test_what_cannot_be_read_again_is_told_without_it(desk: Desk) -> None:
    one, gone = desk.deal(), desk.deal()
    base = desk.stored("Deals", one)["Modified_Time"]
    desk.zoho.act("edit", module="Deals", record_id=one, changes={"Next_Step": "by a person"})
    desk.zoho.act("delete", module="Deals", record_id=gone)
    desk.alter = lambda request, answer: (
        bare("NO_PERMISSION", 403) if "ids" in request.url.params and request.method == "GET" else answer
    )
    first, second = desk.push(update(one, base, Next_Step="x"), Change("d", "Deals", gone, {}, delete=True))
    assert first == Stale(None)
    assert rejected(second).code == "INVALID_DATA"


@pytest.mark.parametrize("hints", [True, False])
def test_what_was_done_before_is_done(desk: Desk, *, hints: bool) -> None:
    one = desk.deal()
    item = {"code": "ID_ALREADY_CONVERTED", "details": {"id": one} if hints else {}, "message": "-", "status": "error"}
    desk.alter = lambda request, answer: results(answer, lambda _: [item]) if request.method == "PUT" else answer
    assert applied(desk.one(update(one, Next_Step="x"))).external_id == one


def test_a_success_without_an_id_is_no_success(desk: Desk) -> None:
    item = {"code": "SUCCESS", "details": {}, "message": "record added", "status": "success"}
    desk.alter = lambda request, answer: results(answer, lambda _: [item]) if "upsert" in request.url.path else answer
    assert isinstance(desk.one(create("k")), Unknown)


def test_ids_of_results_may_be_numbers() -> None:
    item = {"code": "SUCCESS", "details": {"id": 6102030000000454033}, "status": "success"}
    assert placed([item], ["6102030000000454033"], status=200) == [Done("6102030000000454033", None)]


# conditions


def test_stale_ones_come_back_as_they_are_now_and_the_others_are_written(desk: Desk) -> None:
    """One second for all, so one base and one call: the header of the call holds for each record of it."""
    ids = desk.zoho.create("Deals", [_plain(n) for n in range(3)], apart_s=0)
    base = desk.stored("Deals", ids[0])["Modified_Time"]
    desk.zoho.clock.advance(60)
    desk.zoho.act("edit", module="Deals", record_id=ids[1], changes={"Next_Step": "by a person"})
    outcomes = desk.push(*(update(one, base, Next_Step="by us") for one in ids))
    assert [type(one) for one in outcomes] == [Applied, Stale, Applied]
    assert isinstance(outcomes[1], Stale)
    assert outcomes[1].current is not None
    assert outcomes[1].current.payload["Next_Step"] == "by a person"
    assert desk.paths() == ["PUT Deals"]


def test_no_record_is_written_under_the_base_of_another(desk: Desk) -> None:
    """Different bases never share a call: the header of one would let the other through."""
    first, second = desk.deal(), desk.deal()
    bases = [desk.stored("Deals", one)["Modified_Time"] for one in (first, second)]
    assert bases[0] < bases[1]
    desk.zoho.act("edit", module="Deals", record_id=first, changes={"Next_Step": "by a person"})
    outcomes = desk.push(update(first, bases[0], Next_Step="x"), update(second, bases[1], Next_Step="y"))
    assert [type(one) for one in outcomes] == [Stale, Applied]
    assert len(desk.sent) == 2
    assert len({request.headers["If-Unmodified-Since"] for request in desk.sent}) == 2


@pytest.mark.parametrize("count", [1, 2])
def test_a_bare_412_is_stale_too(desk: Desk, count: int) -> None:
    """Who has told of it showed it within `data`; alone it means the same (reliability S25)."""
    ids = desk.zoho.create("Deals", [_plain(n) for n in range(count)], apart_s=0)
    base = desk.stored("Deals", ids[0])["Modified_Time"]
    bare = {"code": "ALREADY_MODIFIED", "details": {"id": ids[0]}, "message": "modified", "status": "error"}
    desk.alter = lambda request, answer: httpx.Response(412, json=bare) if request.method == "PUT" else answer
    outcomes = desk.push(*(update(one, base, Next_Step="x") for one in ids))
    assert [type(one) for one in outcomes] == [Stale] * count


def test_two_changes_made_from_one_look_do_not_make_each_other_stale(desk: Desk) -> None:
    one = desk.deal()
    base = desk.stored("Deals", one)["Modified_Time"]
    desk.zoho.clock.advance(60)
    outcomes = desk.push(update(one, base, Next_Step="first"), update(one, base, Next_Step="second"))
    assert [type(outcome) for outcome in outcomes] == [Applied, Applied]
    assert desk.stored("Deals", one)["Next_Step"] == "second"


def test_conditional_deletion_spares_a_record_that_moved(desk: Desk) -> None:
    moved, still = desk.deal(), desk.deal()
    bases = [desk.stored("Deals", one)["Modified_Time"] for one in (moved, still)]
    desk.zoho.act("edit", module="Deals", record_id=moved, changes={"Next_Step": "by a person"})
    changes = [
        Change("d", "Deals", one, {}, base, delete=True) for one, base in zip((moved, still), bases, strict=True)
    ]
    assert [type(one) for one in desk.push(*changes)] == [Stale, Applied]
    assert set(desk.zoho.records("Deals")) == {moved}


def test_a_base_that_is_no_time_is_refused_before_anything_is_sent(desk: Desk) -> None:
    assert rejected(desk.one(update(desk.deal(), "v7", Next_Step="x"))).code == "BASE_REVISION"
    assert desk.sent == []


def _plain(number: int) -> dict[str, JsonValue]:
    return {**create(f"p{number}").fields, "Deal_Name": f"plain {number}"}
