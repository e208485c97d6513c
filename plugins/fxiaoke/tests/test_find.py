"""Records by the exact value of a field."""

from pathlib import Path

import httpx
import pytest
from plugins.fxiaoke.tests.desk import KEY_FIELD, LEADS, Desk

from crmbridge.model.errors import ConfigError, ContractError, ScopeError


def ids(desk: Desk, field: str, *values: str) -> list[list[str]]:
    return [[one.external_id for one in hits] for hits in desk.hand().find(LEADS, field, values)]


def test_each_value_gets_its_records_in_its_place(desk: Desk) -> None:
    one, other = desk.lead(external_key__c="k-1"), desk.lead(external_key__c="k-2")
    assert ids(desk, KEY_FIELD, "k-2", "none", "k-1", "", "k-2") == [[other], [], [one], [], [other]]
    assert ids(desk, KEY_FIELD) == []


def test_many_values_are_asked_for_some_at_once(desk: Desk) -> None:
    made = [desk.lead(external_key__c=f"k-{number}") for number in range(50)]
    assert ids(desk, KEY_FIELD, *(f"k-{number}" for number in range(50))) == [[one] for one in made]
    assert desk.asked.count("/cgi/crm/v2/data/query") == 3


def test_more_records_of_one_value_than_a_page(desk: Desk) -> None:
    made = []
    for number in range(120):
        desk.clock.advance(1 + number % 2)
        made.append(desk.lead(company="同一家"))
    (hits,) = ids(desk, "company", "同一家")
    assert sorted(hits) == sorted(made)


@pytest.mark.parametrize("value", ["k 1", " k1", "K1", "k1 ", "k", "k11", "*", "%", 'k"1', "k1\\", "示例"])
def test_only_the_very_value_is_found(desk: Desk, value: str) -> None:
    desk.lead(external_key__c="k1")
    assert ids(desk, KEY_FIELD, value) == [[]]


@pytest.mark.parametrize("hides", [True, False])
def test_a_record_in_the_recycle_bin_is_no_hit(tmp_path: Path, hides: bool) -> None:  # noqa: FBT001 - a parameter of the test
    desk = Desk(tmp_path, default_hides_invalid=hides)
    one, other = desk.lead(company="示例"), desk.lead(company="示例")
    desk.act("invalid", module=LEADS, record_id=one)
    assert ids(desk, "company", "示例") == [[other]]


def test_a_hit_is_the_whole_record_with_its_revision(desk: Desk) -> None:
    one = desk.lead(external_key__c="k-1", remark="x")
    ((hit,),) = desk.hand().find(LEADS, KEY_FIELD, ["k-1"])
    assert (hit.external_id, hit.payload["remark"], hit.revision) == (one, "x", desk.version(LEADS, one))


def test_by_id(desk: Desk) -> None:
    one = desk.lead()
    assert ids(desk, "_id", one, "66f0a1b2c3d4e5f607182930") == [[one], []]


def test_long_texts_of_a_hit_come_whole(tmp_path: Path) -> None:
    desk = Desk(tmp_path, long_text_cut=True)
    desk.lead(external_key__c="k-1", remark="长" * 5000)
    ((hit,),) = desk.hand().find(LEADS, KEY_FIELD, ["k-1"])
    assert hit.payload["remark"] == "长" * 5000


def test_people_are_found_by_any_field_of_theirs(desk: Desk) -> None:
    found = desk.hand().find("users", "name", ["Api User", "Nobody"])
    assert [[one.external_id for one in hits] for hits in found] == [[desk.user], []]
    with pytest.raises(ConfigError):
        desk.hand().find("users", "nome", ["Api User"])


@pytest.mark.parametrize("field", ["no_such", "owner", "remark", "create_time"])
def test_a_field_that_cannot_be_looked_for_is_told(desk: Desk, field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        ids(desk, field, "x")
    assert field in str(caught.value)


def test_a_filter_that_is_ignored_is_noticed(desk: Desk) -> None:
    """An unknown field in a filter may be ignored (dossier 8, 15): then every record would come, page by page."""
    for number in range(30):
        desk.lead(external_key__c=f"other-{number}")

    def ignoring(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if not request.url.path.endswith("/query"):
            return answer
        told = answer.json()
        told["data"]["dataList"] = [{"_id": row["_id"], KEY_FIELD: "other"} for row in desk.rows(LEADS)]
        return httpx.Response(200, json=told)

    desk.alter = ignoring
    with pytest.raises(ContractError):
        ids(desk, KEY_FIELD, "k-1")


def test_an_object_that_may_not_be_read_is_never_one_without_records(desk: Desk) -> None:
    hand = desk.hand()
    hand.objects.fields(LEADS)
    desk.act("forbid", module=LEADS)
    with pytest.raises((ScopeError, ContractError)):
        hand.find(LEADS, KEY_FIELD, ["k-1"])
    with pytest.raises(ConfigError):
        ids(desk, KEY_FIELD, "k-1")
