"""Duplicates: what makes records certainly, probably or possibly one, and which should survive."""

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.services.quality_worlds import AS_OF, failing
from tests.services.worlds import SHANGHAI, local

from crmbridge.facts.store import Facts
from crmbridge.model.names import company_key
from crmbridge.model.phones import e164
from crmbridge.services.duplicates import duplicates


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.in_memory(zone=SHANGHAI, currency="CNY") as empty:
        yield empty


def found(facts: Facts, **more: Any) -> dict[tuple[str, str], list[set[str]]]:
    made: dict[tuple[str, str], list[set[str]]] = defaultdict(list)
    for group in duplicates(facts, as_of=AS_OF, region="CN", free_mail=("QQ.com",), **more):
        made[group.kind, group.certainty].append(set(group.records))
    return dict(made)


def accounts(facts: Facts, **rows: dict[str, object]) -> None:
    facts.insert("accounts", [{"id": name, **row} for name, row in rows.items()])


def test_gv_dq_1_spellings_of_one_company_in_one_city_are_probable(facts: Facts) -> None:
    accounts(
        facts,
        a={"name": "上海明澈科技有限公司", "city": "上海"},
        b={"name": "上海明澈科技(集团)有限公司", "city": " 上海 "},
        c={"name": "上海 明澈科技 有限责任公司"},
        d={"name": "Acme Co., Ltd.", "city": "Berlin"},
        e={"name": "ACME  Inc.", "city": "Paris"},
    )
    assert found(facts) == {
        ("account", "probable"): [{"a", "b"}],
        ("account", "possible"): [{"d", "e"}, {"a", "b", "c"}],
    }


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"phones": '["138 0013 8000"]'}, {"phones": '["021-62880000", "0086 13800138000"]'}),
        ({"emails": '["Info@Acme.cn"]'}, {"emails": '["info@acme.cn"]'}),
        ({"registration_no": "91310000MA1FL0AA1X"}, {"registration_no": "９１３１００００ma1fl0aa1x "}),
    ],
)
def test_one_hard_key_is_certain_whatever_the_names(
    facts: Facts, one: dict[str, object], other: dict[str, object]
) -> None:
    accounts(facts, a={"name": "Acme", **one}, b={"name": "Beta", **other}, c={"name": "Gamma"})
    assert found(facts) == {("account", "certain"): [{"a", "b"}]}


def test_what_is_no_telephone_and_no_address_joins_nobody(facts: Facts) -> None:
    accounts(facts, a={"phones": '["12345"]', "emails": '["none"]'}, b={"phones": '["12345"]', "emails": '["none"]'})
    assert found(facts) == {}


def test_hard_keys_chain(facts: Facts) -> None:
    accounts(
        facts,
        a={"phones": '["13800138000"]'},
        b={"phones": '["13800138000"]', "emails": '["x@y.cn"]'},
        c={"emails": '["x@y.cn"]', "registration_no": "R1"},
        d={"registration_no": "r-1"},
        e={"registration_no": "R2"},
    )
    (group,) = duplicates(facts, as_of=AS_OF, region="CN")
    assert set(group.records) == {"a", "b", "c", "d"}
    assert group.evidence == (("email", "x@y.cn"), ("phone", "+8613800138000"), ("registration_no", "r1"))


def test_a_shared_domain_makes_an_equal_name_probable_but_not_one_that_anybody_can_have(facts: Facts) -> None:
    accounts(
        facts,
        a={"name": "Acme Ltd", "website": "https://www.acme.cn/shop?x=1"},
        b={"name": "Acme", "emails": '["li@ACME.cn"]'},
        c={"name": "Acme Inc", "domains": '["www.acme.cn"]'},
        d={"name": "Beta", "emails": '["one@qq.com"]'},
        e={"name": "Beta", "emails": '["two@qq.com"]'},
        f={"name": "Other", "website": "acme.cn"},
    )
    assert found(facts) == {("account", "probable"): [{"a", "b", "c"}], ("account", "possible"): [{"d", "e"}]}


def test_a_group_that_a_surer_one_holds_is_not_said_again(facts: Facts) -> None:
    accounts(
        facts,
        a={"name": "Acme", "city": "Berlin", "emails": '["x@y.cn"]'},
        b={"name": "Acme Ltd", "city": "Berlin", "emails": '["x@y.cn"]'},
        c={"name": "Beta", "city": "Berlin"},
    )
    assert found(facts) == {("account", "certain"): [{"a", "b"}]}
    accounts(facts, d={"name": "ACME", "city": "berlin"})
    assert found(facts) == {("account", "certain"): [{"a", "b"}], ("account", "probable"): [{"a", "b", "d"}]}


def test_people_are_probable_at_one_company_and_possible_by_name(facts: Facts) -> None:
    facts.insert(
        "accounts", [{"id": "x", "name": "Acme Ltd"}, {"id": "y", "name": "ACME"}, {"id": "z", "name": "Beta"}]
    )
    people = [("1", "Li Lei", "x"), ("2", "Li  LEI", "y"), ("3", "Li Lei", "z"), ("4", "Han Mei", "x")]
    facts.insert("contacts", [{"id": i, "full_name": n, "account_id": a, "account_ref": a} for i, n, a in people])
    leads = [("5", "Li Lei", "Acme Inc"), ("6", "LI LEI", "Acme"), ("7", None, "Beta GmbH"), ("8", None, "Beta")]
    facts.insert("leads", [{"id": i, "full_name": n, "company_name": c} for i, n, c in leads])
    assert found(facts) == {
        ("contact", "probable"): [{"1", "2"}],
        ("contact", "possible"): [{"1", "2", "3"}],
        ("lead", "probable"): [{"5", "6"}],
        ("lead", "possible"): [{"7", "8"}],
        ("account", "possible"): [{"x", "y"}],
    }


def test_deleted_and_later_records_are_nobodys_duplicates(facts: Facts) -> None:
    row: dict[str, object] = {"name": "Acme", "city": "Berlin", "emails": '["a@b.cn"]', "registration_no": "1"}
    late = (AS_OF + timedelta(days=1)).replace(tzinfo=None)
    accounts(
        facts, a=row, b=row | {"lifecycle": "deleted"}, c=row | {"lifecycle": "merged"}, d=row | {"created_at": late}
    )
    assert found(facts) == {}


def test_the_most_complete_survives_then_the_oldest_then_the_first_subject(facts: Facts) -> None:
    row: dict[str, object] = {"name": "Acme", "emails": '["a@b.cn"]', "created_at": local("2026-03-02")}
    accounts(
        facts,
        a=row | {"subject": "crm:2"},
        b=row | {"subject": "crm:1"},
        c=row | {"created_at": local("2026-03-01"), "subject": "crm:9"},
        d=row | {"industry": "steel", "created_at": local("2026-04-01"), "subject": "crm:8"},
    )
    (group,) = duplicates(facts, as_of=AS_OF)
    assert group.records == ("d", "c", "b", "a")
    assert group.subjects == ("crm:8", "crm:9", "crm:1", "crm:2")
    assert group.survivor == "d"


def test_only_certain_and_probable_ones_fail_the_check(facts: Facts) -> None:
    accounts(
        facts,
        a={"name": "Acme", "city": "Berlin"},
        b={"name": "Acme", "city": "Berlin"},
        c={"name": "Acme"},
        d={"emails": '["x@y.cn"]'},
        e={"emails": '["x@y.cn"]'},
    )
    assert failing(facts, "duplicates", "account") == (5, ["a", "b", "d", "e"])


def pairwise(rows: list[dict[str, Any]]) -> list[set[str]]:
    """The certain groups by comparing every two records and joining what shares a key: slow and plain."""
    told = {r["id"]: {e164(p, "CN") for p in r["texts"]} - {None} | {r["mail"]} - {None} for r in rows}
    groups: list[set[str]] = []
    for name, own in told.items():
        joined = [g for g in groups if any(told[other] & own for other in g)]
        groups = [g for g in groups if g not in joined] + [{name}.union(*joined)]
    return sorted((g for g in groups if len(g) > 1), key=min)


@pytest.mark.parametrize("seed", range(5))
def test_the_groups_are_those_of_a_comparison_of_every_two_in_any_order(facts: Facts, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a company, not a secret
    phones = [
        "13800138000",
        "138 0013 8001",
        "+86 138-0013-8001",
        "12345",
        "021-62880000",
        "13800138002",
        "13800138003",
    ]
    rows: list[dict[str, Any]] = [
        {
            "id": f"a{n:02}",
            "texts": chance.sample(phones, chance.choice([0, 0, 1, 2])),
            "mail": chance.choice([None, None, f"p{chance.randrange(12)}@x.cn"]),
            "name": chance.choice(["Acme Ltd", "ACME", "Beta", "Beta Corp", "Gamma"]),
        }
        for n in range(40)
    ]
    shuffled = rows.copy()
    chance.shuffle(shuffled)
    for row in shuffled:
        cells = ",".join(f'"{text}"' for text in row["texts"])
        mails = f'["{row["mail"]}"]' if row["mail"] else "[]"
        accounts(facts, **{row["id"]: {"name": row["name"], "phones": f"[{cells}]", "emails": mails}})
    made = found(facts)
    assert sorted(made.get(("account", "certain"), []), key=min) == pairwise(rows)
    by_name: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_name[company_key(row["name"])].add(row["id"])
    certain = made.get(("account", "certain"), [])
    expected = [g for g in by_name.values() if len(g) > 1 and not any(g <= c for c in certain)]
    assert sorted(made[("account", "possible")], key=min) == sorted(expected, key=min)


@pytest.mark.parametrize("count", [12_000, pytest.param(60_000, marks=pytest.mark.wide)])
def test_many_records_are_grouped_in_one_pass(facts: Facts, count: int) -> None:
    """Accounts, a third of them doubled: pairs would be 72,000,000 comparisons, or 1,800,000,000."""
    facts.query(
        "INSERT INTO accounts (id, name, city, phones) SELECT 'a' || i, 'Company ' || (i // 2) || ' Ltd', 'Berlin', "
        f"'[\"+86138' || lpad(CAST(i % {count * 2 // 3} AS VARCHAR), 8, '0') || '\"]' FROM range({count}) t(i)"
    )
    began = time.process_time()
    groups = duplicates(facts, as_of=datetime(2026, 6, 30, tzinfo=UTC), region="CN")
    assert time.process_time() - began < 30
    assert sum(1 for g in groups if g.certainty == "certain") == count // 3
    assert sum(1 for g in groups if g.certainty == "probable") == count // 2
