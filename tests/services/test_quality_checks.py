"""Every check on small companies: to which records it applies, and which fail."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.services.quality_worlds import (
    AS_OF,
    CALENDAR,
    Row,
    ask,
    failing,
    finding,
    lead,
    lost,
    opened,
    reasons,
    won,
    workdays_of_2026,
)
from tests.services.worlds import SHANGHAI, Deal, company, local

from crmbridge.facts.store import Facts
from crmbridge.services.quality_document import load_quality
from crmbridge.services.quality_report import Tally


@pytest.fixture
def leads() -> Iterator[Facts]:
    with Facts.in_memory(zone=SHANGHAI, currency="CNY") as facts:
        workdays_of_2026(facts)
        yield facts


@pytest.mark.parametrize(
    ("check", "deals", "applicable", "fails"),
    [
        (
            "open_certain",
            [opened("a", probability=1), opened("b", probability=0.9), won("w", probability=1), opened("n")],
            2,
            ["a"],
        ),
        (
            "won_uncertain",
            [won("a", probability=0.9), won("b", probability=1), opened("o", probability=0.5), won("n")],
            2,
            ["a"],
        ),
        (
            "amount_missing",
            [
                opened("a", "S4", None),
                opened("b", "S4", "0"),
                opened("c", "S4", "1"),
                opened("d", "S3", None),
                won("w", None),
                lost("l"),
            ],
            4,
            ["a", "b", "w"],
        ),
        ("amount_negative", [opened("a", amount="-1"), opened("b", amount="0"), opened("c", amount=None)], 2, ["a"]),
        (
            "close_overdue",
            [
                opened("a", expected_close=date(2026, 6, 29)),
                opened("b", expected_close=date(2026, 6, 30)),
                won("w", expected_close=date(2026, 1, 1)),
                opened("n"),
            ],
            2,
            ["a"],
        ),
        (
            "expected_before_creation",
            [opened("a", expected_close=date(2026, 2, 28)), opened("b", expected_close=date(2026, 3, 1))],
            2,
            ["a"],
        ),
        (
            "close_before_creation",
            [
                won("a", created_at=local("2026-03-12")),
                won("b", created_at=local("2026-03-11")),
                won("n", created_at=None),
            ],
            2,
            ["a"],
        ),
        ("closed_undated", [won("a"), Deal("b", [("won", None)]), opened("o")], 2, ["b"]),
        (
            "lost_without_reason",
            [lost("a"), lost("b", reason="price"), lost("c", reason=" "), opened("o")],
            3,
            ["a", "c"],
        ),
        ("stage_unmapped", [opened("a", "odd"), opened("b"), Deal("c", [])], 2, ["a"]),
        ("unassigned", [opened("a", owner_ref="1", owner_id="u"), opened("b"), won("c", owner_ref="")], 3, ["b", "c"]),
        (
            "modified_before_creation",
            [
                opened("a", modified_at=local("2026-02-27"), modified_at_precision="day"),
                opened("b", modified_at=local("2026-03-01"), modified_at_precision="day"),
                opened("n"),
            ],
            2,
            ["a"],
        ),
    ],
)
def test_a_check_of_deals(check: str, deals: list[Deal], applicable: int, fails: list[str]) -> None:
    with company(deals) as facts:
        assert failing(facts, check) == (applicable, fails)


def test_void_deals_are_judged_by_nothing() -> None:
    with company([opened("a", "void", probability=1), opened("b", probability=1)]) as facts:
        assert failing(facts, "open_certain") == (1, ["b"])


def test_amounts_say_whether_they_are_missing_or_zero() -> None:
    with company([won("a", None), won("b", "0"), won("c", "0"), won("d")]) as facts:
        found = finding(ask(facts, "amount_missing"), "amount_missing")
    assert found.parts == {"zero": 2, "missing": 1}
    assert found.examples == ("a", "b", "c")


def test_a_deal_is_stalled_over_the_time_limit_of_its_stage_but_not_on_hold() -> None:
    late = (AS_OF - timedelta(days=11)).replace(tzinfo=None)
    fresh = (AS_OF - timedelta(days=9)).replace(tzinfo=None)
    deals = [Deal(name, [("S1", None)], facts={"hold_until": hold}) for name, hold in (("a", None), ("b", None))]
    with company([]) as facts:
        for name, at, hold in (("a", late, None), ("b", fresh, None), ("c", late, date(2026, 8, 1)), ("d", None, None)):
            facts.insert("deals", [{"id": name, "pipeline": "sales", "stage": "S1", "hold_until": hold}])
            event = {"record_id": name, "kind": "deal", "pipeline": "sales", "seq": 1, "to_stage": "S1"}
            facts.insert("stage_events", [event | {"at": at, "at_precision": "exact", "origin": "vendor"}])
        assert failing(facts, "stalled") == (2, ["a"])
    with company(deals) as facts:
        assert reasons(ask(facts, "stalled"))["stalled", "deal"] == "NO_SLA"


def test_a_contact_of_another_account() -> None:
    deals = [
        opened(n, account_id=a, account_ref=a, contact_id=c, contact_ref=c)
        for n, a, c in (("x", "a1", "c2"), ("y", "a1", "c1"), ("z", "a1", "c3"))
    ]
    with company(deals) as facts:
        facts.insert("accounts", [{"id": "a1"}, {"id": "a2"}])
        facts.insert("contacts", [{"id": "c1", "account_id": "a1"}, {"id": "c2", "account_id": "a2"}, {"id": "c3"}])
        assert failing(facts, "contact_elsewhere") == (2, ["x"])


def test_references_that_nobody_has_are_told_by_field() -> None:
    deals = [
        opened("a", account_ref="9", product_ref="p"),
        opened("b", account_ref="1", account_id="a1"),
        opened("c"),
        opened("d", account_ref="9", lead_ref="l"),
    ]
    with company(deals) as facts:
        facts.insert("accounts", [{"id": "a1"}])
        facts.insert("leads", [{"id": "l1"}])
        assert failing(facts, "references") == (3, ["a", "d"])
        assert finding(ask(facts, "references"), "references").parts == {"account": 2, "lead": 1}


def test_owners_who_are_not_there_or_have_left() -> None:
    deals = [
        opened("a", owner_ref="9"),
        opened("b", owner_ref="1", owner_id="u1"),
        opened("c", owner_ref="2", owner_id="u2"),
        won("d", owner_ref="2", owner_id="u2"),
        opened("e", owner_ref="3", owner_id="u3"),
        opened("f"),
    ]
    with company(deals) as facts:
        facts.insert(
            "users",
            [{"id": "u1", "active": True}, {"id": "u2", "active": False}, {"id": "u3", "lifecycle": "archived"}],
        )
        assert failing(facts, "owner_unknown") == (5, ["a"])
        assert failing(facts, "owner_inactive") == (3, ["c", "e"])


def test_a_deal_is_stale_without_touch_and_change() -> None:
    old = local("2026-03-01")
    deals = [
        opened("a", modified_at=old),
        opened("b", modified_at=local("2026-06-20")),
        opened("c", modified_at=old, last_touch_at=local("2026-06-01")),
        opened("d", modified_at=old),
        opened("e", modified_at=local("2027-01-01")),
        opened("f", modified_at=old, hold_until=date(2026, 9, 1)),
        won("w", modified_at=old),
    ]
    with company(deals) as facts:
        call = {"type": "call", "state": "done", "ended_at": local("2026-06-25")}
        facts.insert(
            "activities", [{"id": "x", "deal_id": "d", **call}, {"id": "y", "deal_id": "a", **call, "automated": True}]
        )
        assert failing(facts, "stale") == (5, ["a", "e"])
        longer = load_quality("stale.other_days = 400")
        assert failing(facts, "stale", config=longer) == (5, [])


# -- leads --------------------------------------------------------------------------------------------------


def test_a_converted_lead_that_its_status_has_given_up(leads: Facts) -> None:
    leads.insert(
        "leads",
        [
            lead("a", converted=True, status_raw="Junk Lead"),
            lead("b", converted=True, status_raw="junk-lead"),
            lead("c", converted=True, status_raw="Contacted"),
            lead("d", converted=True, status="disqualified"),
            lead("e", converted=True),
            lead("f", converted=False, status_raw="Junk Lead"),
            lead("g", converted=True, pipeline="p", stage="dead"),
            lead("h", converted=True, status_raw="无效"),
        ],
    )
    leads.insert("stages", [{"pipeline": "p", "object": "lead", "key": "dead", "category": "lost"}])
    assert failing(leads, "status_contradiction", "lead") == (6, ["a", "b", "d", "g", "h"])


def test_a_lead_may_wait_an_hour_of_working_time_for_an_owner(leads: Facts) -> None:
    rows = [lead("a", "2026-06-29", 17), lead("b", "2026-06-30", 11), lead("c", "2026-06-30", 12, owner_ref="u")]
    leads.insert("leads", [*rows, {"id": "d"}, lead("e", owner_ref="u")])
    assert failing(leads, "unassigned", "lead", calendar=CALENDAR) == (4, ["a", "b", "d"])
    as_of = datetime(2026, 6, 30, 9, 30, tzinfo=SHANGHAI)
    report = ask(leads, "unassigned", calendar=CALENDAR, as_of=as_of)
    assert finding(report, "unassigned", "lead").tally == Tally(3, 2), (
        "17:00 to 9:30 is 90 working minutes, and one undated"
    )
    report = ask(
        leads, "unassigned", calendar=CALENDAR, as_of=as_of.replace(hour=9, minute=0) - timedelta(hours=15, minutes=30)
    )
    assert finding(report, "unassigned", "lead").tally == Tally(2, 1), "at 17:30 only the undated one has waited"


def test_an_answer_is_due_by_tier_in_working_time(leads: Facts) -> None:
    exact = {"first_response_at_precision": "exact"}
    leads.insert(
        "leads",
        [
            lead("friday", "2026-03-06", 17, tier="A", first_response_at=local("2026-03-09", hour=9), **exact),
            lead("monday", "2026-03-06", 17, tier="A", first_response_at=local("2026-03-09", hour=10), **exact),
            lead("lunch", "2026-03-06", 11, tier="B", first_response_at=local("2026-03-06", hour=15), **exact),
            lead("pending", tier="B"),
            lead("untiered", first_response_at=local("2026-03-03", hour=9), **exact),
            lead("slow", first_response_at=local("2026-03-04", hour=9), **exact),
            lead("converted", converted=True),
            lead("dead", status="disqualified"),
        ],
    )
    assert failing(leads, "first_response", "lead", calendar=CALENDAR) == (6, ["pending", "slow", "monday"])
    assert reasons(ask(leads, "first_response"))["first_response", "lead"] == "NO_CALENDAR"


def test_the_first_outbound_touch_answers_a_lead(leads: Facts) -> None:
    leads.insert("leads", [lead("a", tier="A"), lead("b", tier="A"), lead("c", tier="C"), lead("d", tier="C")])
    call = {"type": "call", "direction": "out", "state": "done", "started_at_precision": "exact"}
    leads.insert(
        "activities",
        [
            {"id": "1", "lead_id": "a", **call, "started_at": local("2026-03-02", hour=10)},
            {"id": "2", "lead_id": "b", **call, "started_at": local("2026-03-02", hour=10), "direction": "in"},
            {"id": "3", "lead_id": "b", **call, "started_at": local("2026-03-02", hour=8)},
            {"id": "4", "lead_id": "c", **call, "started_at": local("2026-03-03"), "started_at_precision": "day"},
            {"id": "5", "lead_id": "d", **call, "started_at": local("2026-03-04"), "started_at_precision": "day"},
        ],
    )
    assert failing(leads, "first_response", "lead", calendar=CALENDAR) == (4, ["b", "d"])


def test_a_lead_is_stale_after_twice_the_cadence_of_its_tier(leads: Facts) -> None:
    def touched(name: str, day: str, **facts: object) -> Row:
        return lead(name, modified_at=local(day), **facts)

    leads.insert(
        "leads",
        [
            touched("a6", "2026-06-22", tier="A"),
            touched("a7", "2026-06-19", tier="A"),
            touched("b10", "2026-06-16", tier="B"),
            touched("b11", "2026-06-15", tier="B"),
            touched("d60", "2026-05-01", tier="D"),
            touched("d61", "2026-04-30", tier="D"),
            touched("none30", "2026-05-31"),
            touched("none31", "2026-05-30"),
            touched("gone", "2026-03-02", status_raw="Junk"),
            touched("converted", "2026-03-02", converted=True),
        ],
    )
    assert failing(leads, "stale", "lead", calendar=CALENDAR) == (8, ["a7", "b11", "d61", "none31"])


def test_the_default_document_finds_the_holes_of_a_lead(leads: Facts) -> None:
    full = {"owner_ref": "1", "source": "web", "phones": '["+8613800138000"]', "status": "new"}
    leads.insert(
        "leads", [lead("a", **full), lead("b", **full | {"phones": "[]"}), lead("c", **full | {"source": " "})]
    )
    assert failing(leads, "required_fields", "lead") == (3, ["b", "c"])


# -- activities, telephones, repeats --------------------------------------------------------------------------------


def test_what_is_noted_about_a_touch(leads: Facts) -> None:
    done = {"type": "call", "state": "done", "actor_id": "u1", "actor_ref": "1"}
    at = {"ended_at": local("2026-03-02", hour=10), "ended_at_precision": "exact"}
    leads.insert("users", [{"id": "u1", "name": "Li"}])
    leads.insert("leads", [lead("l", "2026-03-03")])
    leads.insert(
        "deals", [{"id": "d", "pipeline": "sales", "stage": "S1"}, {"id": "w", "pipeline": "sales", "stage": "won"}]
    )
    leads.insert(
        "activities",
        [
            {"id": "1", **done, **at, "content": "said yes", "deal_id": "d", "next_step": "quote"},
            {"id": "2", **done, **at, "deal_id": "d"},
            {"id": "3", **done, **at, "outcome": "busy", "deal_id": "w"},
            {"id": "4", **done, **at, "state": "planned"},
            {"id": "5", **done, **at, "automated": True},
            {"id": "6", **done, **at, "type": "note"},
            {"id": "7", **done, **at, "content": "x", "lead_id": "l", "logged_at": local("2026-03-05")},
            {"id": "8", **done, **at, "content": "x", "logged_at": local("2026-03-04")},
        ],
    )
    assert failing(leads, "result_record", "activity") == (5, ["2"])
    assert failing(leads, "next_step", "activity") == (2, ["2"])
    assert failing(leads, "before_its_lead", "activity") == (1, ["7"])
    assert failing(leads, "logged_late", "activity", calendar=CALENDAR) == (2, ["7"])
    report = ask(leads, "result_record")
    assert {s.label: s.tallies["result_record"] for s in report.scores} == {"Li": Tally(5, 1)}


def test_telephones_that_cannot_be_dialled(leads: Facts) -> None:
    cells = {"a": '["138 0013 8000"]', "b": '["12345", "13800138000"]', "c": "[]", "d": '["+8613800138000"]'}
    leads.insert("accounts", [{"id": name, "name": name, "phones": text} for name, text in cells.items()])
    assert failing(leads, "phones", "account", region="CN") == (3, ["b"])
    assert failing(leads, "phones", "account", config=load_quality('region = "CN"')) == (3, ["b"])
    assert failing(leads, "phones", "account") == (1, []), "without a region only numbers with a country can be judged"
    leads.query("DELETE FROM accounts WHERE id = 'd'")
    assert reasons(ask(leads, "phones"))["phones", "account"] == "NO_REGION"


def test_exact_repeats_are_rows_without_an_id_that_say_the_same(leads: Facts) -> None:
    row = {"connection": "c", "object": "tasks", "title": "Call"}
    rows = [
        ("a", "k1", "Call"),
        ("b", "k1#2", "Call"),
        ("c", "k1#3", "Other"),
        ("d", "k2", "Call"),
        ("e", "x#2", "Call"),
    ]
    leads.insert("tasks", [{**row, "id": i, "external_id": e, "title": t} for i, e, t in rows])
    assert failing(leads, "repeats", "task") == (5, ["b"])


# -- quotes ----------------------------------------------------------------------------------------------------------


def test_a_quote_that_has_expired_or_gives_too_much_unapproved_is_a_finding() -> None:
    """An expired one beside one that holds is none, nor is a discount that was approved, or is within the authority."""
    names = ("expired", "renewed", "large", "approved", "small", "unknown", "none", "draft")
    facts = company([opened(name, owner_id="u2" if name == "unknown" else "u1") for name in names])
    facts.insert("users", [{"id": "u1", "discount_authority": Decimal("0.1")}, {"id": "u2"}])
    quotes: list[dict[str, object]] = [
        {"deal_id": "expired", "status": "sent", "valid_until": date(2026, 6, 29)},
        {"deal_id": "renewed", "status": "expired"},
        {"deal_id": "renewed", "status": "sent", "valid_until": date(2026, 6, 30)},
        {"deal_id": "large", "amount_e4": 899_999, "list_total_e4": 1_000_000},
        {"deal_id": "approved", "amount_e4": 100, "list_total_e4": 1_000_000, "approval": "approved"},
        {"deal_id": "small", "amount_e4": 900_000, "list_total_e4": 1_000_000, "status": "accepted"},
        {"deal_id": "unknown", "amount_e4": 100, "list_total_e4": 1_000_000},
        {"deal_id": "draft", "status": "draft", "valid_until": date(2026, 1, 1)},
    ]
    facts.insert("quotes", [{"id": f"q{n}", **quote} for n, quote in enumerate(quotes)])
    assert failing(facts, "quote") == (6, ["expired", "large"])
    assert finding(ask(facts, "quote"), "quote").parts == {"discount": 1, "expired": 1}
