"""Gaps between contacts, offers by state and tags, repeat purchases and recommendations."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.services.care_worlds import PIPELINES, Row, account, at, china, company, orders, ranked
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.services.care_document import CareConfig, built_in, load_care
from crmbridge.services.contact_gaps import GapsReport, GapsRequest, contact_gaps
from crmbridge.services.offers import OffersReport, OffersRequest, offers, tasks_of
from crmbridge.services.repeat import repeat
from crmbridge.services.results import Rate
from crmbridge.services.service_document import built_in as service_rules
from crmbridge.services.service_document import load_service
from crmbridge.services.wants import TaskMade, TaskWanted

TODAY = "2026-06-30"
LOYAL = ("2025-09-01", "2025-12-01", "2026-03-01", "2026-06-01")
NEEDS = '["storage", "support"]'


def touch(day: str, account_id: str = "vip", **more: object) -> Row:
    told = {
        "id": f"{account_id}-{day}",
        "connection": "crm",
        "type": "call",
        "state": "done",
        "account_ref": account_id,
    }
    return {**told, "account_id": account_id, "started_at": local(day, hour=10), **more}


# -- gaps ------------------------------------------------------------------------------------------------------------


def gaps(facts: Facts, day: str = TODAY, config: CareConfig | None = None, **more: Any) -> GapsReport:
    request = GapsRequest(china(), service_rules(), **more)
    return contact_gaps(facts, PIPELINES, ranked(facts, day), request, config or built_in())


def days_back(workdays: int) -> str:
    return china().add_business_days(date.fromisoformat(TODAY), -workdays).isoformat()


def test_a_vip_not_contacted_for_twelve_business_days_is_listed_where_the_policy_says_ten() -> None:
    accounts = [account(name, vip=True) for name in ("vip", "near", "edge")]
    accounts += [account("plain"), account("never", vip=True, created_at=local("2026-01-05"))]
    touches = [
        touch(days_back(12)),
        touch(days_back(9), "near"),
        touch(days_back(10), "edge"),
        touch("2025-01-01", "plain"),
    ]
    with company(accounts=accounts, orders=orders("plain", "2026-06-01"), activities=touches) as facts:
        report = gaps(facts)
        found = [(one.customer.id, one.gap, str(one.limit), one.owner, one.manager) for one in report.gaps]
        assert found[1:] == [("vip", 12, "10bd", "Li", "Wang")]
        (never, *_) = report.gaps
        assert (never.customer.id, never.last, never.since) == ("never", None, date(2026, 1, 5))
        assert (report.rate.numerator, report.rate.denominator, report.untold) == (2, 4, ())
        everyone = gaps(facts, config=load_care("gaps.vip_only = false"))
        first = everyone.gaps[0]
        assert (first.customer.id, first.policy, str(first.limit)) == (
            "plain",
            "standard",
            "90d",
        )


def test_gaps_are_for_the_managers_of_those_who_own_them_and_untold_ones_are_no_gaps() -> None:
    accounts = [
        account("vip", vip=True),
        account("else", vip=True, owner_id=None),
        account("mute", vip=True, connection="mute"),
    ]
    with company(accounts=accounts, activities=[touch(days_back(12)), touch(days_back(20), "else")]) as facts:
        assert {one.customer.id for one in gaps(facts).gaps} == {"vip", "else"}
        assert gaps(facts).untold == ("mute",)
        assert [note.code for note in gaps(facts).evidence.warnings] == ["CONTACTS_UNTOLD"]
        assert [one.customer.id for one in gaps(facts, owners=["li"]).gaps] == ["vip"]


# -- offers ----------------------------------------------------------------------------------------------------------


def answer(score: float, day: str = "2026-06-10", scale: int = 5) -> Row:
    return {
        "id": f"s-{day}",
        "subject": f"crm:s-{day}",
        "type": "csat",
        "scale": scale,
        "score": score,
        "account_id": "a1",
        "contact_id": "c",
        "answered_at": local(day),
    }


def world(
    score: float | None = 5, *, bought: Sequence[str] = LOYAL, delivered: str | None = "2026-04-01", **tables: Any
) -> Facts:
    rows = [dict(row) for row in orders("a1", *bought)]
    if delivered is not None and rows:
        rows[min(2, len(rows) - 1)]["delivered_at"] = local(delivered)
    answers = {} if score is None else {"survey_responses": [answer(score)]}
    return company(
        **{"accounts": [account(need_tags=NEEDS, preferences='["tea"]')], "orders": rows, **answers, **tables}
    )


def ask(
    facts: Facts, day: str = TODAY, made: Mapping[str, TaskMade] | None = None, config: CareConfig | None = None
) -> OffersReport:
    return offers(facts, PIPELINES, ranked(facts, day), OffersRequest(china(), made or {}), config or built_in())


def tasks(facts: Facts, day: str = TODAY, made: Mapping[str, TaskMade] | None = None, **more: Any) -> list[TaskWanted]:
    return list(tasks_of(ask(facts, day, made, **more)))


def whys(found: Sequence[TaskWanted]) -> list[str]:
    return [one.why for one in found]


def done(task: TaskWanted, day: str) -> dict[str, TaskMade]:
    return {task.key: TaskMade(task.key, "crm", "done", due=date.fromisoformat(day), done_at=at(day))}


def test_csat_5_at_90_days_and_loyal_is_one_referral_task_in_90_days() -> None:
    with world() as facts:
        assert "offer.referral" not in whys(tasks(facts, "2026-06-26")), "not yet"
        (task,) = tasks(facts)
        assert (task.why, task.due, task.kind, task.record_id) == ("offer.referral", date(2026, 6, 30), "account", "a1")
        assert task.title == "Ask A1 for a referral"
        assert task.content == "They are loyal and gave the best score. What they need: storage, support."
        made = {task.key: TaskMade(task.key, "crm", "open", due=task.due)}
        assert tasks(facts, TODAY, made) == [], "a second run makes none"
        made = done(task, TODAY)
        for day in (1, 2, 7, 29, 30, 31, 58, 59):
            later = (date.fromisoformat(TODAY) + timedelta(days=day)).isoformat()
            assert not {"offer.referral", "offer.upsell"} & set(whys(tasks(facts, later, made))), later
    with world(delivered="2026-07-01", bought=(*LOYAL, "2026-08-01")) as facts:
        (again,) = tasks(facts, "2026-09-29", made)
        assert (again.why, again.key != task.key) == ("offer.referral", True), "90 days later, after another delivery"
        deleted = {task.key: TaskMade(task.key, "crm", "gone")}
        assert tasks(facts, "2026-09-29", deleted) == [], "nobody knows when it was deleted: not now"


def test_csat_4_is_offered_more_and_3_nothing() -> None:
    no_renewal = load_care("offers.kinds.renewal.enabled = false")
    for score, scale, wanted in (
        (4, 5, ["offer.upsell"]),
        (3, 5, []),
        (10, 10, ["offer.referral"]),
        (8, 10, ["offer.upsell"]),
        (7, 10, []),
    ):
        with world(None, survey_responses=[answer(score, scale=scale)]) as facts:
            assert whys(tasks(facts, config=no_renewal)) == wanted, (score, scale)
    with world(None) as facts:
        assert tasks(facts, config=no_renewal) == [], "nobody knows how satisfied they are"
    with world(delivered=None) as facts:
        assert tasks(facts, config=no_renewal) == [], "nothing was delivered"


def test_policy_and_template_by_state_and_tags_and_never_both_in_one_week() -> None:
    with world(None, bought=()) as facts:
        (intro,) = tasks(facts)
        assert intro.why == "offer.product_intro"
        assert intro.content == "What they need: storage, support. What they like: tea."
        tagged = load_care(
            '[offers.kinds.trial]\nstates = ["potential"]\ntags = ["Storage"]\nonce_in = "30d"\n'
            'title = { en = "Trial for {customer}" }\n'
            "[offers.kinds.product_intro]\nenabled = false\n"
        )
        assert whys(tasks(facts, config=tagged)) == ["offer.trial"]
        facts.connection.execute("UPDATE accounts SET need_tags = NULL, preferences = NULL")
        assert tasks(facts, config=tagged) == [], "its tags are others"
        (plain,) = tasks(facts)
        assert plain.content is None, "nothing that is blank is said"
        facts.insert(
            "deals",
            [
                {
                    "id": "d",
                    "pipeline": "sales",
                    "stage": "S2",
                    "category": "open",
                    "account_id": "a1",
                    "name": "D",
                    "created_at": local("2026-06-01"),
                    "lifecycle": "active",
                }
            ],
        )
        assert tasks(facts) == [], "the deal is followed up"
    made = done(intro, TODAY)
    with world(None, delivered=None) as facts:
        weeks: dict[str, date] = {}
        for day in range(15):
            later = (date.fromisoformat(TODAY) + timedelta(days=day)).isoformat()
            for task in tasks(facts, later, made):
                weeks.setdefault(task.why, task.due)
        assert set(weeks) == {"offer.renewal"}, "loyal: the template of the state"
        assert weeks["offer.renewal"] >= date.fromisoformat(TODAY) + timedelta(days=7)
        assert weeks["offer.renewal"].isocalendar()[:2] != intro.due.isocalendar()[:2]
        assert [one.held for one in ask(facts, TODAY, made).proposals] == ["apart"]


def test_nothing_is_offered_where_a_complaint_is_open_or_the_person_does_not_want_it() -> None:
    ticket = {"id": "t", "type": "complaint", "account_id": "a1", "status": "open"}
    with world(tickets=[ticket]) as facts:
        assert tasks(facts) == []
        assert {one.held for one in ask(facts).proposals} == {"complaint"}
    contact = {
        "id": "c",
        "lifecycle": "active",
        "phones": '["+8613800138000"]',
        "do_not_contact": True,
        "full_name": "Mei",
    }
    deal = {"id": "d", "pipeline": "sales", "stage": "won", "category": "won", "account_id": "a1", "contact_id": "c"}
    with world(contacts=[contact], deals=[deal]) as facts:
        facts.connection.execute("UPDATE orders SET deal_id = 'd' WHERE delivered_at IS NOT NULL")
        no_renewal = load_care("offers.kinds.renewal.enabled = false")
        assert [one.held for one in ask(facts, config=no_renewal).proposals] == ["refused"]
        assert whys(tasks(facts)) == ["offer.renewal"], "which is for the company, and no call to her"


def test_owners_have_so_many_offers_open_and_no_more() -> None:
    accounts = [account(f"p{n:02}") for n in range(14)]
    with company(accounts=accounts) as facts:
        report = ask(facts)
        first = list(tasks_of(report))
        assert len(first) == 10
        assert [(note.code, note.params) for note in report.warnings] == [("OFFERS_WAITING", {"count": 4})]
        standing = {task.key: TaskMade(task.key, "crm", "open", due=task.due) for task in first[:3]}
        assert len(tasks(facts, TODAY, standing)) == 7


# -- repeat purchases and recommendations ----------------------------------------------------------------------------


def test_the_repeat_rate_and_the_deals_that_came_by_a_recommendation() -> None:
    rows = [
        *orders("twice", "2025-09-01", "2026-02-01"),
        *orders("again", "2020-01-01", "2026-02-01"),
        *orders("once", "2026-02-01"),
        *orders("past", "2020-01-01", "2021-01-01"),
    ]
    deal: dict[str, object] = {
        "pipeline": "sales",
        "lifecycle": "active",
        "created_at": local("2026-03-01"),
        "amount_currency": "CNY",
    }
    won = deal | {"stage": "won", "category": "won", "closed_at": local("2026-04-01")}
    deals = [
        won | {"id": "d1", "channel": "Referral", "amount_e4": 500_000},
        won | {"id": "d2", "source": "转介绍", "amount_e4": 300_000},
        deal | {"id": "d3", "channel": "referral", "stage": "S2", "category": "open"},
        deal | {"id": "d4", "channel": "website", "stage": "S2", "category": "open"},
        deal | {"id": "d5", "stage": "S2", "category": "open", "lead_id": "l"},
        deal | {"id": "d6", "stage": "S2", "category": "open"},
        deal
        | {"id": "d7", "channel": "referral", "stage": "S2", "category": "open", "created_at": local("2020-01-01")},
    ]
    wide: dict[str, object] = dict.fromkeys(sorted({key for row in deals for key in row}))
    tables: dict[str, Any] = {
        "accounts": [account(name) for name in ("twice", "again", "once", "past")],
        "orders": rows,
        "deals": [wide | row for row in deals],
        "leads": [{"id": "l", "source": "External Referral", "full_name": "L"}],
    }
    with company(**tables) as facts:
        report = repeat(facts, PIPELINES, ranked(facts, TODAY), built_in())
        nobody = repeat(facts, PIPELINES, ranked(facts, TODAY), built_in(), owners=["wang"])
        assert (nobody.rate, nobody.referrals.share) == (Rate.of(0, 0), Rate.of(0, 0))
    assert (report.rate, report.repeaters) == (Rate.of(2, 3), ("again", "twice"))
    assert report.rate.value == Fraction(2, 3)
    found = report.referrals
    assert (found.share, found.won, found.unknown, found.records) == (
        Rate.of(4, 5),
        Rate.of(2, 2),
        1,
        ("d1", "d2", "d3", "d5"),
    )
    assert [(one.e4, one.currency, one.n) for one in found.amounts] == [(800_000, "CNY", 2)]


def test_service_asks_for_no_recommendation_beside_care() -> None:
    """One place proposes: the policies of service.toml have no touch that care.toml offers."""
    touches = {name for one in service_rules().policies.values() for name in one.touches}
    assert not touches & set(built_in().offers.kinds)
    assert load_service("").policies["loyal"].touches.keys() == {"contact"}
