"""The pool: the vector by name, who is exempt or blocked, what a rep may take, and a plain path beside the SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import orjson
import pytest
from tests.services.response_worlds import CN, NEW_YORK, SHANGHAI, at, naive

from crmbridge.facts.store import Facts
from crmbridge.model import calendar
from crmbridge.model.calendar import Calendar
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.pool import notices, pool, records_of_pool
from crmbridge.services.pool_report import Blocked, PoolConfig, PoolReport, PoolRequest, PoolState, load_pool

BY_WORKDAYS = load_pool('after = "10bd"')
PLAIN = load_pool("tiers = false")


@dataclass
class Held:
    """A lead or account, when it came, and when it was touched."""

    id: str
    kind: str = "lead"
    owner: str | None = "u1"
    touched: Sequence[str] = ()
    created: str = "2026-01-05 09:00"
    facts: Mapping[str, object] = field(default_factory=dict)


USERS = [
    {"id": "m", "name": "Manager"},
    {"id": "u1", "name": "Li", "manager_id": "m"},
    {"id": "u2", "name": "Wang"},
    {"id": "ny", "name": "Ann", "zone": NEW_YORK.key, "calendar": "US"},
]


def filled(records: Sequence[Held]) -> Facts:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    facts.insert("users", [{"manager_id": None, "zone": None, "calendar": None, **user} for user in USERS])
    for one in records:
        name = {"lead": "full_name", "account": "name"}[one.kind]
        row: dict[str, object] = {
            "id": one.id,
            "subject": f"crm:{one.id}",
            "connection": "crm",
            name: one.id,
            "owner_id": one.owner,
            "created_at": naive(at(one.created)),
        }
        facts.insert(f"{one.kind}s", [row | dict(one.facts)])
        for n, moment in enumerate(one.touched):
            touch = {"id": f"{one.id}-{n}", "connection": "crm", "type": "call", f"{one.kind}_id": one.id}
            facts.insert("activities", [{**touch, "started_at": naive(at(moment))}])
    told = {"connection": "crm", "type": "note", "started_at": naive(at("2026-01-01")), "account_ref": "another"}
    facts.insert("activities", [told | {"id": "other", "lead_ref": "another"}])
    return facts


def ask(facts: Facts, day: str, config: PoolConfig = PLAIN, **asked: Any) -> PoolReport:
    return pool(facts, [default_pipeline()], PoolRequest(at(f"{day} 09:00"), CN, config, **asked))


def told(records: Sequence[Held], day: str, config: PoolConfig = PLAIN, **asked: Any) -> PoolReport:
    with filled(records) as facts:
        return ask(facts, day, config, **asked)


def states(report: PoolReport) -> dict[str, str]:
    return {one.id: one.state for one in report.neglected}


def test_gv_cad_6() -> None:
    with filled([Held("a", touched=["2026-02-10 15:00", "2026-01-20 10:00"])]) as facts:
        for config, warn, back in ((PLAIN, "2026-02-22", "2026-02-25"), (BY_WORKDAYS, "2026-02-27", "2026-03-02")):
            rules = config.model_copy(update={"tiers": False})
            (one,) = ask(facts, back, rules).neglected
            assert (one.since.isoformat(), one.warn_on.isoformat(), one.back_on.isoformat()) == (
                "2026-02-10",
                warn,
                back,
            )
            assert one.state == "return"
            assert states(ask(facts, warn, rules)) == {"a": "warn"}
            day = date.fromisoformat(warn) - timedelta(days=1)
            assert states(ask(facts, day.isoformat(), rules)) == {}


BACK = "2026-03-20"


def test_who_bought_is_exempt_and_who_is_in_the_pool_needs_no_return() -> None:
    won = {"id": "d", "pipeline": "sales", "stage": "won", "category": "won", "account_id": "won"}
    records = [
        Held("won", "account"),
        Held("ordered", "account"),
        Held("customer", "account", facts={"status": "customer"}),
        Held("pooled", "account", owner=None, facts={"pool": "North"}),
        Held("plain", "account"),
        Held("gone", "account", facts={"lifecycle": "deleted"}),
        Held("disqualified", facts={"status": "disqualified"}),
        Held("converted", facts={"converted": True}),
        Held("lead"),
    ]
    with filled(records) as facts:
        facts.insert("deals", [won])
        facts.insert("orders", [{"id": "o", "account_id": "ordered", "ordered_at": naive(at("2026-01-10"))}])
        report = ask(facts, BACK)
        assert states(report) == {"lead": "return", "plain": "return"}
        assert (report.exempt, report.pooled, report.evidence.n) == (3, 1, 2)
        assert states(ask(facts, BACK, load_pool("only_pooled = true"))) == {}
        assert states(ask(facts, BACK, load_pool('kinds = ["account"]'))) == {"plain": "return"}
        found = records_of_pool(facts, [default_pipeline()], PoolRequest(at(BACK), CN, PLAIN))
        assert found == {"return": ("lead", "plain")}


def test_a_touch_of_a_contact_or_a_deal_is_one_of_the_account() -> None:
    records = [Held(name, "account") for name in ("by_contact", "by_deal", "by_crm", "by_machine")]
    with filled(records) as facts:
        facts.insert("contacts", [{"id": "k", "account_id": "by_contact", "full_name": "K"}])
        facts.insert("deals", [{"id": "d", "account_id": "by_deal", "stage": "quoted", "pipeline": "sales"}])
        when = naive(at("2026-03-18 10:00"))
        base = {"connection": "crm", "type": "call", "started_at": when}
        facts.insert("activities", [{**base, "id": "1", "contact_id": "k"}])
        facts.insert("activities", [{**base, "id": "2", "deal_id": "d"}])
        facts.insert("activities", [{**base, "id": "3", "account_id": "by_machine", "automated": True}])
        facts.connection.execute("UPDATE accounts SET last_touch_at = ? WHERE id = 'by_crm'", [when])
        assert states(ask(facts, BACK)) == {"by_machine": "return"}
        later = ask(facts, "2026-04-30")
        assert states(later).keys() == {"by_contact", "by_deal", "by_crm", "by_machine"}
        assert states(ask(facts, "2026-04-30", load_pool("open_deals_stay = true"))).keys() == {
            "by_contact",
            "by_crm",
            "by_machine",
        }


def test_who_was_given_a_record_lately_has_all_the_time() -> None:
    fresh = {"assigned_at": naive(at("2026-03-19 10:00"))}
    assert states(told([Held("a", facts=fresh), Held("b")], BACK)) == {"b": "return"}


def test_a_tier_may_have_a_time_of_its_own() -> None:
    records = [Held("a", touched=["2026-03-01 10:00"])]
    assert states(told(records, BACK)) == {"a": "return"}
    assert states(told(records, BACK, load_pool(""))) == {}, "tier D goes back after thirty days"


def test_what_no_source_tells_never_goes_back() -> None:
    report = told([Held("a", facts={"connection": "books"}), Held("b")], BACK)
    assert (states(report), report.counts["unavailable"]) == ({"b": "return"}, 1)
    assert [note.code for note in report.evidence.warnings] == ["NO_TOUCHES_TOLD"]


@pytest.mark.parametrize(("unknown", "leads"), [({"lead"}, "unavailable"), (set(), "return")])
def test_of_leads_nothing_is_told_where_no_mapping_links_what_was_done_to_them(
    unknown: set[str], leads: PoolState
) -> None:
    with filled([Held("lead"), Held("account", "account")]) as facts:
        facts.connection.execute("UPDATE activities SET lead_ref = NULL, object = 'log'")
        report = ask(facts, BACK, unfilled={("crm", "log"): frozenset(unknown)})
    assert (report.counts[leads], states(report)["account"]) == (1 if unknown else 2, "return")


def seen(id_: str, moment: str, owner: str | None, was: str | None) -> dict[str, object]:
    body = orjson.dumps({"owner": owner, "was": was}).decode()
    return {"service": "pool", "subject": id_, "at": naive(at(moment)), "body": body}


RELEASED = [
    seen("a", "2026-03-01 09:00", "u1", None),
    seen("a", "2026-03-18 09:00", None, "u1"),
    seen("b", "2026-03-01 09:00", "u1", None),
    seen("b", "2026-03-18 09:00", None, "u1"),
]


@pytest.mark.parametrize(("owner", "is_taken"), [(None, False), ("u1", True)])
def test_a_previous_owner_is_blocked_for_three_days(owner: str | None, is_taken: bool) -> None:  # noqa: FBT001
    with filled([Held("a", "account", owner=owner), Held("b", "account", owner="u2")]) as facts:
        facts.insert("service_events", RELEASED)
        report = ask(facts, BACK)
        assert report.blocked == (
            Blocked("account", "a", "a", "u1", "Li", date(2026, 3, 18), date(2026, 3, 21), is_taken),
        )
        assert ask(facts, "2026-03-21").blocked == ()
        if is_taken:
            assert ask(facts, "2026-03-17").blocked == (), "it had not been let go then"
            assert ask(facts, BACK, load_pool("blocked_days = 0")).blocked == ()
        changes = {one.id: (one.owner_id, one.was) for one in report.seen}
        assert changes == ({"b": ("u2", None)} if owner is None else {"a": ("u1", None), "b": ("u2", None)})


def test_what_a_rep_took_today_and_holds_is_counted_against_the_limits() -> None:
    today = {"assigned_at": naive(at("2026-03-20 08:30")), "pool": "North"}
    records = [
        *(Held(f"l{n}", facts=today) for n in range(3)),
        Held("old", facts={"pool": "North"}),
        Held("own", facts={"assigned_at": naive(at("2026-03-20 08:30"))}),
        Held("acc", "account", owner="u2"),
    ]
    config = load_pool("tiers = false\nclaims_per_day = { lead = 2 }\nholding = { lead = 5, account = 0 }")
    holders = {(one.owner, one.kind): one for one in told(records, BACK, config).holders}
    li, wang = holders["Li", "lead"], holders["Wang", "account"]
    assert (li.held, li.claimed, li.claims_left, li.room, li.is_over) == (5, 3, -1, 0, True)
    assert (wang.held, wang.claimed, wang.claims_left, wang.room, wang.is_over) == (1, 0, 5, -1, True)
    assert (li.counts["return"], li.counts["held"]) == (1, 4)


def test_the_owner_is_warned_and_the_manager_decides() -> None:
    report = told([Held("a", touched=["2026-03-01 10:00"]), Held("b", touched=["2026-03-07 10:00"])], BACK)
    back, warn = sorted(notices(report), key=lambda one: str(one.record_id))
    assert (back.to, warn.to) == ("m", "u1")
    assert warn.text == "b goes back to the pool on 2026-03-22 unless somebody touches it"
    chinese = load_pool('tiers = false\n[texts]\nlanguage = "zh"')
    again = notices(told([Held("a", touched=["2026-03-01 10:00"])], "2026-03-21", chinese))
    assert again[0].key == back.key, "it is told once"
    assert "20 天" in again[0].text


@pytest.mark.parametrize(
    ("text", "line"),
    [("after = '4bh'", 1), ("\nwarn = '2bd'", 2), ("kinds = ['deal']", 1), ("[texts]\nwarn = { en = '{rep}' }", 1)],
)
def test_a_slip_in_the_document_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigErrors, match=rf"pool.toml:{line}"):
        load_pool(text)


def plainly(one: Held, own: Calendar, by_workdays: bool, today: date) -> str | None:  # noqa: FBT001
    since = max(at(m) for m in (one.created, *one.touched)).astimezone(SHANGHAI).date()
    if by_workdays:
        back = own.add_business_days(since, 10)
        warn = own.add_business_days(back, -2)
    else:
        back, warn = since + timedelta(days=15), since + timedelta(days=12)
    return "return" if today >= back else "warn" if today >= warn else None


@pytest.mark.parametrize("by_workdays", [pytest.param(False, marks=pytest.mark.wide), True])
def test_sql_and_calendar_say_the_same_whatever_the_order(by_workdays: bool) -> None:  # noqa: FBT001
    lot = Random(3)  # noqa: S311 - nothing secret
    start = datetime(2026, 1, 1)  # noqa: DTZ001 - a wall time

    def moment() -> str:
        return (start + timedelta(minutes=lot.randrange(78 * 1440))).isoformat(sep=" ")

    records = [
        Held(
            f"r{n:02}",
            lot.choice(["lead", "account"]),
            lot.choice(["u1", "ny"]),
            [moment() for _ in range(lot.randrange(3))],
            moment(),
        )
        for n in range(40)
    ]
    config = load_pool('tiers = false\nafter = "10bd"') if by_workdays else PLAIN
    own = {"u1": CN, "ny": calendar.named("US", zone=NEW_YORK)}
    report = told(records, BACK, config)
    today = date.fromisoformat(BACK)
    plain = {one.id: plainly(one, own[str(one.owner)], by_workdays, today) for one in records}
    assert states(report) == {id_: state for id_, state in plain.items() if state}
    lot.shuffle(records)
    assert told(records, BACK, config) == report


def test_what_a_customer_wrote_is_no_touch_of_ours() -> None:
    facts = filled([Held("L1", touched=["2026-01-06 10:00"])])
    head = {"connection": "crm", "lead_id": "L1", "started_at": naive(at("2026-02-20 10:00"))}
    before = pool(facts, [default_pipeline()], PoolRequest(at("2026-02-25 09:00"), CN, PLAIN)).neglected
    theirs = [
        {"id": f"in-{kind}", "type": kind, "direction": "in", **head} for kind in ("email", "im", "form", "web_event")
    ]
    facts.insert("activities", theirs)
    after = pool(facts, [default_pipeline()], PoolRequest(at("2026-02-25 09:00"), CN, PLAIN)).neglected
    assert [(one.id, one.state) for one in before] == [(one.id, one.state) for one in after] == [("L1", "return")]
    facts.insert("activities", [{"id": "out", "type": "email", "direction": "out", **head}])
    assert pool(facts, [default_pipeline()], PoolRequest(at("2026-02-25 09:00"), CN, PLAIN)).neglected == ()
