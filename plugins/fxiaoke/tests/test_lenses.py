"""The lenses of Fxiaoke's own shapes: what they read, and that they read back what they wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbridge.adapter.lens import LensFailure
from crmbridge_fxiaoke.lenses import ListedLinkLens, link, person, record_state
from crmbridge_fxiaoke.words import HEAD, OPEN_LINE

LINKS = [
    {"describe_api_name": "AccountObj", "id": "a1", "name": "示例"},
    {"describe_api_name": "NewOpportunityObj", "id": "o1"},
    {"describe_api_name": "NewOpportunityObj", "id": "o2"},
    {"describe_api_name": "ContactObj", "id": ""},
]


@pytest.mark.parametrize(
    ("value", "read"),
    [(["1000"], "1000"), (["1", "2"], "1"), ([], None), (None, None), ("", None), ("x", "x"), (7, "7")],
)
def test_a_person_is_the_first_of_a_list(value: object, read: object) -> None:
    assert person().read(value) == read


@given(st.text(min_size=1))
def test_a_person_is_written_as_a_list_and_read_back(identity: str) -> None:
    assert person().write(identity) == [identity]
    assert person().read(person().write(identity)) == identity
    assert person().write(None) is None


def test_what_is_no_id_is_told() -> None:
    odd: list[object] = [{"id": "1"}, [{"id": "1"}], True, 1.5]
    assert all(isinstance(person().read(value), LensFailure) for value in odd)
    unsendable: list[object] = ["", 7, ["1"]]
    assert all(isinstance(person().write(value), LensFailure) for value in unsendable)


def test_a_link_of_a_list_is_written_beside_those_into_other_objects() -> None:
    account, deal = ListedLinkLens(("AccountObj",)), link(["NewOpportunityObj", "OpportunityObj"], listed=True)
    assert isinstance(deal, ListedLinkLens)
    both = deal.join(account.join(None, account.write("a1")), deal.write("o1"))
    assert both == [
        {"describe_api_name": "AccountObj", "id": "a1"},
        {"describe_api_name": "NewOpportunityObj", "id": "o1"},
    ]
    assert (account.read(both), deal.read(both)) == ("a1", "o1")
    assert deal.join(LINKS, deal.write(None)) == [LINKS[0], LINKS[3]]
    assert account.join([LINKS[0]], account.write(None)) is None


@pytest.mark.parametrize(
    ("objects", "read"),
    [("AccountObj", "a1"), (["OpportunityObj", "NewOpportunityObj"], "o1"), ("LeadsObj", None), ("ContactObj", None)],
)
def test_a_link_into_the_right_object_is_found(objects: str | list[str], read: str | None) -> None:
    assert link(objects).read(LINKS) == read
    assert link(objects).read([]) is None
    assert link(objects).read("plain") == "plain"
    assert link(objects).read(LINKS[0]) == (read if objects == "AccountObj" else None)


def test_a_link_is_written_as_its_id() -> None:
    made = link("AccountObj")
    assert made.read(made.write("a1")) == "a1"
    assert (made.read(None), made.write(None), made.read("")) == (None, None, None)
    assert isinstance(made.read(["a1"]), LensFailure)
    assert isinstance(made.write(["a1"]), LensFailure)


@pytest.mark.parametrize(
    ("content", "state"),
    [
        ("电话沟通，下周三看演示。", "done"),
        (f"{HEAD}准备演示\n截止：2026-06-01 09:00\n{OPEN_LINE}", "planned"),
        (f"{HEAD}准备演示\n状态：已完成\n说明：{OPEN_LINE}", "done"),
        ("", None),
        (None, None),
    ],
)
def test_a_record_is_done_unless_it_is_an_open_plan_of_ours(content: str | None, state: str | None) -> None:
    assert record_state().read(content) == state


def test_the_state_of_a_record_is_not_written() -> None:
    assert isinstance(record_state().write("done"), LensFailure)
    assert record_state().write(None) is None
    assert isinstance(record_state().read(["x"]), LensFailure)
