"""The file of a customer: one list in time over all systems, and what is not known is missing."""

from collections.abc import Iterator
from datetime import UTC, datetime

import orjson
import pytest
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.report.customer_file import customer_listing
from crmbridge.services.customer_file import CustomerFile, FileRequest, customer_file
from crmbridge.services.defaults import default_pipeline

AS_OF = datetime(2026, 6, 30, 8, tzinfo=UTC)
LI = "+8613800138000"


def listed(*texts: str) -> str:
    return orjson.dumps(texts).decode()


def done(name: str, connection: str, day: str, **facts: object) -> dict[str, object]:
    row = {"id": name, "connection": connection, "subject": f"{connection}:{name}", "lifecycle": "active"}
    return row | {"state": "done", "started_at": local(day, hour=10), **facts}


@pytest.fixture
def facts() -> Iterator[Facts]:
    with Facts.in_memory(zone="Asia/Shanghai", currency="CNY") as held:
        known = {"industry": "manufacturing", "city": "上海", "emails": listed("office@acme.example")}
        held.insert("accounts", [{"id": "acme", "name": "Acme", "need_tags": listed("多仓库"), **known}])
        held.insert(
            "contacts",
            [
                {"id": "li-a", "subject": "zoho:1", "full_name": "Li", "account_id": "acme", "phones": listed(LI)},
                {"id": "li-b", "subject": "fx:9", "full_name": "李", "phones": listed(LI)},
                {"id": "wang", "subject": "zoho:2", "full_name": "Wang", "account_id": "acme"},
            ],
        )
        held.insert("leads", [{"id": "li-c", "subject": "csv:7", "full_name": "Li", "phones": listed(LI)}])
        keys = [("li-a", LI), ("li-b", LI), ("li-c", LI), ("wang", "record:wang")]
        held.insert("persons", [{"record_id": one, "person_key": key, "kind": "contact"} for one, key in keys])
        held.insert("deals", [{"id": "d", "account_id": "acme", "lifecycle": "active", "pipeline": "default"}])
        held.insert(
            "orders",
            [
                {"id": "o1", "account_id": "acme", "ordered_at": local("2026-03-01"), "amount_e4": 100_000},
                {"id": "o2", "account_id": "acme", "ordered_at": local("2026-07-01"), "amount_e4": 5},
            ],
        )
        held.insert(
            "activities",
            [
                done("call", "zoho", "2026-05-01", type="call", contact_id="li-a", content="asked for a price"),
                done("mail", "fx", "2026-05-02", type="email", contact_id="li-b", direction="in"),
                done("other", "zoho", "2026-05-03", type="visit", contact_id="wang"),
                done("deal", "zoho", "2026-05-04", type="note", deal_id="d"),
                done("later", "zoho", "2026-07-01", type="call", contact_id="li-a"),
                done("planned", "zoho", "2026-05-05", type="call", contact_id="li-a", state="planned"),
                done("gone", "zoho", "2026-05-05", type="call", contact_id="li-a", lifecycle="deleted"),
            ],
        )
        yield held


def file(facts: Facts, kind: str, name: str, **asked: object) -> CustomerFile:
    request = FileRequest(AS_OF, kind, name, **asked)  # type: ignore[arg-type] # of one test
    return customer_file(facts, [default_pipeline()], request)


def happened(found: CustomerFile) -> list[str]:
    return [one.id for one in found.timeline]


def test_a_call_in_one_system_and_a_mail_in_another_are_one_list_of_the_person(facts: Facts) -> None:
    for kind, name in (("contact", "li-a"), ("contact", "li-b"), ("lead", "li-c")):
        found = file(facts, kind, name)
        assert [(one.source, one.type) for one in found.timeline] == [("fx:mail", "email"), ("zoho:call", "call")], name
        assert {one.source for one in found.people} == {"zoho:1", "fx:9", "csv:7"}


def test_of_a_company_its_people_and_deals_are_in_the_list(facts: Facts) -> None:
    found = file(facts, "account", "acme")
    assert happened(found) == ["deal", "other", "mail", "call"]
    assert happened(file(facts, "account", "acme", limit=2)) == ["deal", "other"]


def test_a_company_without_a_preference_has_three_parts_of_four(facts: Facts) -> None:
    found = file(facts, "account", "acme")
    assert found.filled == {"basics", "purchases", "needs"}
    assert [(one.id, str(one.day), str(one.amount)) for one in found.purchases] == [("o1", "2026-03-01", "CNY 10.00")]
    told = customer_listing(found)
    assert told.window is not None
    assert told.window["complete"] == "3/4"
    parts = {str(row["part"]): row["known"] for row in told.rows if row["section"] == "parts"}
    assert parts == {"basics": True, "purchases": True, "needs": True, "preferences": False}
    facts.query("""UPDATE accounts SET preferences = '["WeChat"]'""")
    assert file(facts, "account", "acme").preferences == ("WeChat",)


def test_what_was_written_down_later_was_not_known_then(facts: Facts) -> None:
    facts.query("UPDATE activities SET logged_at = TIMESTAMP '2026-07-02' WHERE id = 'mail'")
    assert happened(file(facts, "contact", "li-a")) == ["mail", "call"]
    assert happened(file(facts, "contact", "li-a", known="then")) == ["call"]


def test_nobody_is_not_an_empty_file(facts: Facts) -> None:
    with pytest.raises(LookupError):
        file(facts, "account", "nobody")
