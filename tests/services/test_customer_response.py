"""How soon customers are answered: requirement S0-32, and the plain way beside the SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random

from tests.services.response_worlds import AS_OF, CN, at, naive

from crmbridge.facts.store import Facts
from crmbridge.model.calendar.intervals import Interval
from crmbridge.services.customer_response import CustomerResponse, customer_response
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.response_report import ResponseRequest
from crmbridge.services.service_document import built_in

VIP, STANDARD = ("vip", Interval(1, "bh")), ("standard", Interval(8, "bh"))
Said = tuple[str, str, str, str]
"""Account, direction, kind, moment."""


def filled(said: Sequence[Said], accounts: Sequence[str] = ("A1", "A2")) -> Facts:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    facts.insert("users", [{"id": "u1", "name": "Li"}])
    facts.insert("accounts", [{"id": key, "subject": f"crm:{key}", "name": key, "owner_id": "u1"} for key in accounts])
    facts.insert("contacts", [{"id": f"C{key}", "account_id": key} for key in accounts])
    rows = [
        {
            "id": f"T{n:03}",
            "type": kind,
            "direction": direction,
            "state": "done",
            "account_id": account if n % 2 else None,
            "contact_id": None if n % 2 else f"C{account}",
            "started_at": naive(at(moment)),
        }
        for n, (account, direction, kind, moment) in enumerate(said)
    ]
    if rows:
        facts.insert("activities", rows)
    return facts


def asked(facts: Facts, as_of: datetime = AS_OF) -> CustomerResponse:
    within = {"A1": VIP, "A2": STANDARD}
    return customer_response(facts, [default_pipeline()], ResponseRequest(as_of, CN), within)


def statuses(said: Sequence[Said]) -> dict[str, list[str]]:
    return {status: list(ids) for status, ids in asked(filled(said)).records.items()}


def test_a_vip_is_answered_within_a_business_hour_and_others_within_eight() -> None:
    """The same two hours of a Monday morning: too late for the VIP, in time for the other."""
    said = [
        ("A1", "in", "email", "2026-03-09 09:00"),
        ("A2", "in", "email", "2026-03-09 09:00"),
        ("A1", "out", "email", "2026-03-09 11:00"),
        ("A2", "out", "call", "2026-03-09 11:00"),
    ]
    assert statuses(said) == {"breached": ["T000"], "met": ["T001"]}
    policies = built_in().policies
    assert (policies["vip"].first_response, policies["vip"].needs_owner) == (Interval(1, "bh"), True)


def test_lunch_and_night_do_not_count() -> None:
    said = [("A1", "in", "im", "2026-03-06 17:30"), ("A1", "out", "im", "2026-03-09 09:30")]
    assert statuses(said) == {"met": ["T000"]}, "half an hour on Friday, half an hour on Monday"


def test_what_came_in_while_one_waited_starts_no_other_clock() -> None:
    said = [
        ("A1", "in", "email", "2026-03-09 09:00"),
        ("A1", "in", "email", "2026-03-09 11:50"),
        ("A1", "out", "email", "2026-03-09 12:00"),
        ("A1", "in", "email", "2026-03-09 15:00"),
        ("A1", "out", "email", "2026-03-09 15:30"),
    ]
    assert statuses(said) == {"breached": ["T000"], "met": ["T003"]}


def test_who_waits_is_told_with_what_is_left() -> None:
    """At noon of 2026-03-10 in Shanghai: the VIP wrote at 11:30, the other the evening before."""
    said = [("A1", "in", "email", "2026-03-10 11:30"), ("A2", "in", "call", "2026-03-09 17:00")]
    found = asked(filled(said))
    assert [(one.name, one.tier, one.status, one.left_minutes) for one in found.waiting] == [
        ("A1", "vip", "pending", Fraction(30)),
        ("A2", "standard", "pending", Fraction(240)),
    ]
    assert found.whole is not None
    assert (found.whole.leads, found.whole.counts["pending"]) == (2, 2)


def test_a_machine_s_mail_neither_asks_nor_answers() -> None:
    facts = filled([("A1", "in", "email", "2026-03-09 09:00")])
    facts.insert(
        "activities",
        [
            {
                "id": f"M{direction}",
                "type": "email",
                "direction": direction,
                "state": "done",
                "account_id": "A1",
                "automated": True,
                "started_at": naive(at("2026-03-09 09:10")),
            }
            for direction in ("in", "out")
        ],
    )
    assert asked(facts).records == {"breached": ("T000",)}


def test_customers_without_a_policy_that_says_so_are_left_out() -> None:
    facts = filled([("A9", "in", "email", "2026-03-09 09:00")], accounts=("A9",))
    assert asked(facts).whole is None


def plain(said: Sequence[Said]) -> dict[str, list[str]]:
    """The same worked out one by one, in minutes of the Chinese working day."""
    found: dict[str, list[str]] = {}
    for account, (_, within) in {"A1": VIP, "A2": STANDARD}.items():
        mine = sorted(
            (at(when), direction == "out", f"T{n:03}") for n, (a, direction, _, when) in enumerate(said) if a == account
        )
        waiting: tuple[datetime, str] | None = None
        for moment, is_answer, key in mine:
            if not is_answer and waiting is None:
                waiting = (moment, key)
            elif is_answer and waiting is not None:
                used = CN.business_minutes(waiting[0], moment)
                found.setdefault("met" if used <= within.count * 60 else "breached", []).append(waiting[1])
                waiting = None
        if waiting is not None:
            used = CN.business_minutes(waiting[0], AS_OF)
            found.setdefault("pending" if used <= within.count * 60 else "breached", []).append(waiting[1])
    return {status: sorted(ids) for status, ids in found.items()}


def test_the_sql_agrees_with_the_plain_way_on_random_talk() -> None:
    for seed in range(8):
        random = Random(seed)  # noqa: S311 - no secret
        first = at("2026-03-02 08:00")
        moments = [first + timedelta(minutes=random.randrange(60 * 24 * 8)) for _ in range(60)]
        said = [
            (
                random.choice(("A1", "A2")),
                random.choice(("in", "out")),
                random.choice(("email", "im", "call")),
                (moment + timedelta(hours=8)).replace(tzinfo=None).isoformat(" ")[:16],
            )
            for moment in moments
            if moment <= AS_OF
        ]
        assert statuses(said) == plain(said), seed


def test_an_owner_s_customers_alone() -> None:
    facts = filled([("A1", "in", "email", "2026-03-09 09:00")])
    request = replace(ResponseRequest(AS_OF, CN), owner="Li")
    found = customer_response(facts, [default_pipeline()], request, {"A1": VIP})
    assert [one.owner for one in found.owners] == ["Li"]
