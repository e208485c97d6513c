"""Records of two systems that may be one: who is suggested, what waits for the answer, and what the answer does."""

from collections.abc import Callable
from typing import Any

import pytest

from crmbridge.ledger import likenesses
from crmbridge.ledger.engine import Ledger
from crmbridge.ledger.likenesses import Likeness, Lonely
from crmbridge.sync.twoway import linking
from crmbridge.sync.twoway.merging import Policy, Side
from crmbridge.sync.twoway.resembling import Resemblance, profile, resemblances

from .pairing import Pairing


@pytest.fixture
def pairing(ledger: Ledger, ids: Callable[[], str]) -> Pairing:
    return Pairing(ledger, ids)


def open_ones(pairing: Pairing) -> list[Likeness]:
    with pairing.ledger.read() as tx:
        return likenesses.listing(tx, pair="main")


def answer(pairing: Pairing, number: int, *, is_one: bool) -> None:
    with pairing.ledger.begin() as tx:
        linking.answer(tx, linking.question(tx, number), is_one=is_one, by="me", now_us=pairing.around().now_us())


def compared(kind_name: str, left: dict[str, Any], right: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    sides = []
    for is_left, fields in ((True, left), (False, right)):
        one = profile(kind_name, Lonely("l" if is_left else "r", is_left, 1, fields), is_fresh=True)
        sides.append([] if one is None else [one])
    found: list[Resemblance] = resemblances(kind_name, *sides)
    return [(one.grade, tuple(name for name, _ in one.evidence)) for one in found]


def test_what_is_probably_there_is_not_made_before_a_person_says_so(pairing: Pairing) -> None:
    pairing.left.put("companies", {"title": "上海明澈科技有限公司", "town": "上海"})
    pairing.left.put("companies", {"title": "Other"})
    pairing.right.put("customers", {"name": "上海明澈科技（集团）有限公司", "place": "上海", "number": "R9"})
    done = pairing.round()
    assert [write.op for write in done.draft.writes] == ["create"], "the other one only"
    assert len(done.draft.held) == 2
    (one,) = open_ones(pairing)
    assert (one.grade, one.score) == ("probable", 100)
    assert pairing.settle() == 1, "and asks again for nobody"
    assert [found.id for found in open_ones(pairing)] == [one.id]


def test_a_pair_that_creates_what_is_probable_makes_it_and_asks_nothing(pairing: Pairing) -> None:
    pairing.create_probable = True
    pairing.left.put("companies", {"title": "ACME Ltd", "town": "Kiel"})
    pairing.right.put("customers", {"name": "Acme Inc.", "place": "Kiel"})
    pairing.settle()
    assert len(pairing.right.live("customers")) == len(pairing.left.live("companies")) == 2
    assert not open_ones(pairing)


def test_two_that_are_one_are_merged_as_at_first_sight_and_nobody_is_overwritten_unseen(pairing: Pairing) -> None:
    pairing.left.put("companies", {"title": "ACME Ltd", "town": "Kiel", "staff": 7})
    customer = pairing.right.put("customers", {"name": "Acme Inc.", "place": "Kiel", "number": "R1"})
    pairing.right.put("chances", {"name": "Big", "stage": "1", "customer": customer})
    pairing.settle()
    (one,) = open_ones(pairing)
    answer(pairing, one.id, is_one=True)
    pairing.settle()
    assert len(pairing.right.live("customers")) == len(pairing.left.live("companies")) == 1
    assert pairing.only(Side.RIGHT, "customers")["heads"] in {7, "7"}
    assert pairing.only(Side.LEFT, "companies")["reg"] == "R1"
    (asked,) = pairing.conflicts()
    assert asked.field == "name", "two names: a person is asked"
    (company,) = pairing.left.live("companies")
    assert pairing.only(Side.LEFT, "deals")["company"] == company.external_id
    assert not open_ones(pairing)


def test_who_loses_the_first_merge_of_two_that_are_one_is_kept(pairing: Pairing) -> None:
    pairing.policy = Policy.LEFT
    pairing.left.put("companies", {"title": "ACME Ltd", "town": "Kiel"})
    pairing.right.put("customers", {"name": "Acme Inc.", "place": "Kiel"})
    pairing.settle()
    (one,) = open_ones(pairing)
    answer(pairing, one.id, is_one=True)
    pairing.settle()
    assert pairing.only(Side.RIGHT, "customers")["name"] == "ACME Ltd"
    (lost,) = pairing.conflicts(is_open=False)
    assert (lost.field, lost.winner) == ("name", "left")
    assert "Acme Inc." in lost.candidates


def test_two_that_are_not_one_are_made_and_never_asked_about_again(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME Ltd", "town": "Kiel"})
    pairing.right.put("customers", {"name": "Acme Inc.", "place": "Kiel"})
    pairing.settle()
    (one,) = open_ones(pairing)
    answer(pairing, one.id, is_one=False)
    pairing.left.edit("companies", company, {"title": "ACME GmbH"})
    pairing.settle()
    assert not open_ones(pairing)
    assert len(pairing.right.live("customers")) == len(pairing.left.live("companies")) == 2


def test_a_likeness_ends_with_the_name_that_made_it(pairing: Pairing) -> None:
    company = pairing.left.put("companies", {"title": "ACME Ltd", "town": "Kiel"})
    pairing.right.put("customers", {"name": "Acme Inc.", "place": "Kiel"})
    pairing.settle()
    pairing.left.edit("companies", company, {"title": "Nordwind"})
    pairing.settle()
    assert not open_ones(pairing)
    assert len(pairing.right.live("customers")) == 2


ACME, BOTH_PHONE = {"name": "ACME GmbH", "city": "kiel"}, {"phones": '["+4930123456"]'}
NORD, NORDT = {"name": "Nordwind Logistik"}, {"name": "Nordwint Logistik GmbH"}
SITE, DOMAIN = {"website": "https://www.nordwind.de"}, {"domains": '["nordwind.de"]'}
COMPANIES = [
    ({"name": "Acme Co., Ltd.", "city": "Kiel"}, ACME, "probable name city"),
    ({"name": "ＡＣＭＥ Ltd"}, ACME, "possible name"),
    (NORD | SITE, NORDT | DOMAIN, "probable name domain"),
    (NORD, NORDT, "possible name"),
    ({"name": "Alpha"} | BOTH_PHONE, {"name": "Beta"} | BOTH_PHONE, "possible phone"),
    ({"name": "Store 1", "city": "Kiel"}, {"name": "Store 2", "city": "Kiel"}, None),
    ({"name": "Nordwind Logistik 1"}, {"name": "Nordwind Logistik 2"}, None),
    (ACME | {"registration_no": "1"}, ACME | {"registration_no": "2"}, None),
    ({"name": "Alpha", "city": "Kiel"}, {"name": "Beta", "city": "Kiel"}, None),
]
ZHANG = {"full_name": "张伟"}
PEOPLE = [
    (ZHANG | {"company_name": "明澈科技公司"}, ZHANG | {"company_name": "明澈科技"}, "probable name company"),
    (ZHANG | {"company_name": "明澈科技"}, ZHANG | {"company_name": "甲骨文"}, None),
    ({"full_name": "Anna Schmidt"}, {"full_name": "Anne Schmidt"}, None),
    ({"full_name": "Anna Schmidt"}, {"full_name": "anna  SCHMIDT"}, "possible name"),
]


@pytest.mark.parametrize(
    ("kind_name", "left", "right", "wanted"),
    [*(("account", *one) for one in COMPANIES), *(("contact", *one) for one in PEOPLE)],
)
def test_how_sure_it_is(kind_name: str, left: dict[str, Any], right: dict[str, Any], wanted: str | None) -> None:
    expected = [] if wanted is None else [wanted.split()]
    for one, other in ((left, right), (right, left)):
        assert [[grade, *evidence] for grade, evidence in compared(kind_name, one, other)] == expected


def test_what_many_have_suggests_nobody() -> None:
    many = [Lonely(f"l{number}", True, 1, {"full_name": f"A{number}"} | BOTH_PHONE) for number in range(6)]
    one = profile("contact", Lonely("r", False, 1, {"full_name": "B"} | BOTH_PHONE), is_fresh=True)
    left = [made for row in many if (made := profile("contact", row, is_fresh=True)) is not None]
    assert one is not None
    assert resemblances("contact", left, [one]) == []
    assert len(resemblances("contact", left[:5], [one])) == 5
