"""First responses: the minutes of the vector by name, whose clock runs, and a plain path beside the SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.response_worlds import AS_OF, CN, NEW_YORK, Lead, Touch, at, filled, naive, plainly

from crmbridge.facts.store import Facts
from crmbridge.model import calendar
from crmbridge.model.errors import ConfigError, ConfigErrors
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.response import as_kept, records_of_response, response
from crmbridge.services.response_report import ResponseConfig, ResponseReport, ResponseRequest, Waiting, load_response
from crmbridge.services.results import Period

BY_RECORD = load_response('tier = "record"')


def told(
    leads: Sequence[Lead], config: ResponseConfig = BY_RECORD, *, as_of: datetime = AS_OF, **asked: Any
) -> ResponseReport:
    users = asked.pop("users", ())
    with filled(leads, users) as facts:
        return ask(facts, config, as_of, **asked)


def ask(facts: Facts, config: ResponseConfig = BY_RECORD, as_of: datetime = AS_OF, **asked: Any) -> ResponseReport:
    return response(facts, [default_pipeline()], ResponseRequest(as_of, CN, config, **asked))


def only(report: ResponseReport) -> Waiting:
    (one,) = report.waiting
    return one


FRIDAY = at("2026-03-06 17:30")


def test_gv_cal_3_a_lead_of_friday_evening_is_due_on_monday_morning() -> None:
    lead = Lead("a", FRIDAY, tier="A")
    monday = at("2026-03-09 09:20")
    one = only(told([lead], as_of=monday))
    assert (str(one.status), one.due_at, float(one.left_minutes)) == ("pending", at("2026-03-09 09:30"), 10)
    assert only(told([lead], as_of=at("2026-03-09 09:30"))).status == "pending", "the last moment is in time"
    late = only(told([lead], as_of=at("2026-03-09 09:31")))
    assert (str(late.status), float(late.left_minutes)) == ("breached", -1)


def test_the_time_of_a_lead_is_that_of_its_tier_without_the_lunch() -> None:
    report = told([Lead(tier, at("2026-03-06 11:30"), tier=tier) for tier in "ABC"])
    due = {"A": at("2026-03-06 14:00"), "B": at("2026-03-06 17:00"), "C": at("2026-03-09 11:30")}
    assert {one.id: one.due_at for one in report.waiting} == due


def test_the_working_time_is_that_of_the_owner() -> None:
    users = [
        {"id": "ny", "name": "Ann", "zone": NEW_YORK.key, "calendar": "none"},
        {"id": "team", "name": "Bob", "org_unit_id": "o"},
        {"id": "odd", "name": "Cy", "calendar": "Atlantis"},
    ]
    leads = [Lead(owner, at("2026-03-06 12:00", NEW_YORK), tier="A", owner=owner) for owner in ("ny", "team", "odd")]
    with filled(leads, users) as facts:
        facts.insert("org_units", [{"id": "o", "calendar": "none"}])
        report = ask(facts, as_of=at("2026-03-06 12:10", NEW_YORK))
    due = {one.id: one.due_at for one in report.waiting}
    assert due["ny"] == at("2026-03-06 13:00", NEW_YORK)
    assert due["team"] == at("2026-03-09 10:00"), "the team's calendar, from nine to five in the company's zone"
    assert due["odd"] == at("2026-03-09 10:00"), "the company's calendar"
    (note,) = report.evidence.warnings
    assert (note.code, note.params["calendar"]) == ("UNKNOWN_CALENDAR", "Atlantis")


ANSWERS = {
    "went out": Touch(at("2026-03-09 09:10")),
    "nobody told": Touch(at("2026-03-09 09:10"), direction=None),
}
NO_ANSWERS = {
    "came in": Touch(at("2026-03-09 09:10"), direction="in"),
    "by a machine": Touch(at("2026-03-09 09:10"), automated=True),
    "a note": Touch(at("2026-03-09 09:10"), type="note"),
    "before": Touch(at("2026-03-06 17:29")),
    "planned": Touch(at("2026-03-09 09:10"), facts={"state": "planned"}),
    "deleted": Touch(at("2026-03-09 09:10"), facts={"lifecycle": "deleted"}),
    "no touch": Touch(at("2026-03-09 09:10"), facts={"counts_as_touch": False}),
    "later": Touch(at("2026-03-20 09:10")),
}


def test_only_what_a_person_sent_answers() -> None:
    report = told([Lead(name, FRIDAY, tier="A", touches=[one]) for name, one in {**ANSWERS, **NO_ANSWERS}.items()])
    assert report.whole.counts["met"] == len(ANSWERS)
    assert {one.id for one in report.waiting} == NO_ANSWERS.keys()


def test_what_the_crm_calls_the_first_response_counts_and_can_be_left_out() -> None:
    lead = Lead("a", FRIDAY, tier="A", facts={"first_response_at": at("2026-03-09 09:00").replace(tzinfo=None)})
    assert told([lead]).whole.counts["met"] == 1
    assert told([lead], load_response('tier = "record"\nfield = false')).whole.counts["breached"] == 1


RESTART = load_response('tier = "record"\nrestart = true')


def test_a_new_assignment_starts_the_clock_anew_only_where_that_is_configured() -> None:
    lead = Lead("a", FRIDAY, at("2026-03-10 09:30"), tier="A", touches=[Touch(at("2026-03-09 09:10"))])
    assert told([lead]).whole.counts["met"] == 1, "it has been answered before it was given to somebody else"
    again = only(told([lead], RESTART))
    assert (again.started_at, again.status) == (at("2026-03-10 09:30"), "breached")
    assert again.age_minutes == 30 + 450 + 180, "the age since it came is kept"


def test_a_clock_that_is_remembered_goes_on_over_a_new_assignment() -> None:
    first = Lead("a", FRIDAY, FRIDAY, tier="A")
    (started,) = told([first], as_of=at("2026-03-09 09:10")).started
    kept = {"service": "response", "subject": "a", "at": datetime(2026, 3, 9, 1, 10), "body": _json(as_kept(started))}  # noqa: DTZ001
    with filled([Lead("a", FRIDAY, at("2026-03-10 11:55"), tier="A")]) as facts:
        assert only(ask(facts)).started_at == at("2026-03-10 11:55"), "nobody knows of another assignment"
        facts.insert("service_events", [kept])
        report = ask(facts)
        assert only(report).started_at == FRIDAY
        assert report.started == (), "it is remembered once"
        assert only(ask(facts, RESTART)).started_at == at("2026-03-10 11:55")
        assert only(ask(facts, as_of=at("2026-03-09 09:05"))).started_at == FRIDAY, "before it was remembered"


def test_a_lead_that_was_answered_in_time_stays_so_when_it_is_given_to_somebody_else() -> None:
    assigned, answer = at("2026-03-09 09:00"), Touch(at("2026-03-09 09:10"))
    lead = Lead("a", at("2026-03-02 09:00"), assigned, tier="A", touches=[answer])
    first = told([lead], as_of=at("2026-03-09 18:00"))
    assert (first.whole.counts["met"], [one.started_at for one in first.started]) == (1, [assigned])
    kept = {
        "service": "response",
        "subject": "a",
        "at": naive(at("2026-03-09 18:00")),
        "body": _json(as_kept(first.started[0])),
    }
    with filled([replace(lead, assigned=at("2026-03-10 09:30"))]) as facts:
        facts.insert("service_events", [kept])
        report = ask(facts)
    assert (report.whole.counts["met"], report.whole.counts["breached"], report.started) == (1, 0, ())
    at_once = Lead("b", FRIDAY, tier="A", touches=[Touch(at("2026-03-09 09:10"))])
    assert told([at_once]).started == (), "it started when it came, which stays known"


def _json(body: dict[str, object]) -> str:
    import orjson  # noqa: PLC0415 - used here alone

    return orjson.dumps(body).decode()


def test_a_lead_that_was_decided_waits_for_nobody() -> None:
    leads = [
        Lead("a", FRIDAY, facts={"status": "disqualified"}),
        Lead("b", FRIDAY, facts={"converted_at": at("2026-03-07 09:00").replace(tzinfo=None)}),
        Lead("c", FRIDAY, facts={"status": "void"}),
        Lead("d", FRIDAY, facts={"lifecycle": "merged"}),
        Lead("e", AS_OF + timedelta(minutes=1)),
    ]
    report = told(leads)
    assert (report.whole.leads, report.whole.counts["closed"], report.waiting) == (2, 2, ())
    assert report.whole.rate.value is None


def test_an_answer_to_the_contact_that_a_lead_became_is_an_answer() -> None:
    lead = Lead(
        "a",
        FRIDAY,
        tier="A",
        facts={"converted_contact_id": "k", "converted_at": at("2026-03-06 17:40").replace(tzinfo=None)},
    )
    with filled([lead]) as facts:
        row = {"id": "x", "connection": "crm", "type": "call", "contact_id": "k"}
        facts.insert("activities", [row | {"started_at": at("2026-03-06 17:35").replace(tzinfo=None)}])
        assert ask(facts).whole.counts["closed"] == 1
        facts.insert("activities", [row | {"id": "y", "started_at": at("2026-03-06 17:45").replace(tzinfo=None)}])
        assert ask(facts).whole.counts["met"] == 1


def test_a_source_that_tells_of_no_answers_breaks_no_promise() -> None:
    report = told([Lead("a", FRIDAY), Lead("b", FRIDAY, facts={"connection": "books"})])
    assert (report.whole.counts["breached"], report.whole.counts["unavailable"]) == (1, 1)
    assert report.whole.rate.n == 1
    assert [note.code for note in report.evidence.warnings] == ["NO_ANSWERS_TOLD"]


def test_activities_that_no_mapping_links_to_leads_tell_of_no_answers() -> None:
    with filled([Lead("a", FRIDAY)]) as facts:
        facts.connection.execute("UPDATE activities SET lead_ref = NULL, object = 'log'")
        linked = ask(facts, unfilled={("crm", "log"): frozenset()})
        unlinked = ask(facts, unfilled={("crm", "log"): frozenset({"lead"})})
        assert ask(facts).whole.counts["unavailable"] == 1, "nothing is linked, and no mapping says that it would be"
    assert (linked.whole.counts["breached"], unlinked.whole.counts["unavailable"]) == (1, 1)


BY_DAYS = [
    ("C", "2026-03-07", "met"),
    ("C", "2026-03-09", "met"),
    ("C", "2026-03-10", "breached"),
    ("A", "2026-03-06", "unknown"),
    ("A", "2026-03-09", "unknown"),
    ("A", "2026-03-10", "breached"),
    ("D", "2026-03-06", "met"),
]


def test_days_are_judged_as_far_as_days_can_be() -> None:
    day = {"started_at_precision": "day"}
    leads = [
        Lead(
            f"{n}",
            at("2026-03-06"),
            tier=tier,
            facts={"created_at_precision": "day"},
            touches=[Touch(at(answered), facts=day)],
        )
        for n, (tier, answered, _) in enumerate(BY_DAYS)
    ]
    with filled(leads) as facts:
        asked = ResponseRequest(AS_OF, CN, BY_RECORD)
        found = records_of_response(facts, [default_pipeline()], asked)
        assert {id_: status for status, ids in found.items() for id_ in ids} == {
            f"{n}": status for n, (_, _, status) in enumerate(BY_DAYS)
        }
        report = response(facts, [default_pipeline()], asked)
    assert [(note.code, note.params) for note in report.evidence.warnings] == [("CLOCK_UNKNOWN", {"n": 2})]
    assert report.whole.median_minutes is None, "nobody knows the minutes"


def test_a_start_of_which_only_the_day_is_known_is_the_end_of_that_day() -> None:
    one = only(told([Lead("a", at("2026-03-06"), tier="A", facts={"created_at_precision": "day"})]))
    assert one.due_at == at("2026-03-09 10:00")


def test_rates_are_of_the_period_and_of_each_owner() -> None:
    users = [{"id": "u1", "name": "Li", "email": "li@example.com"}, {"id": "u2", "name": "Wang"}]
    answer = [Touch(at("2026-03-09 09:10"))]
    leads = [
        *(Lead(f"a{n}", FRIDAY, tier="A", owner="u1", touches=answer) for n in range(3)),
        Lead("a3", FRIDAY, tier="A", owner="u1"),
        Lead("b", FRIDAY, tier="A", owner="u2", touches=[Touch(at("2026-03-10 09:00"))]),
        Lead("c", at("2025-01-06 09:00"), tier="A", owner="u2"),
        Lead("d", FRIDAY, tier="D"),
    ]
    report = told(leads, users=users)
    rates = {one.owner: (one.rate.numerator, one.rate.denominator) for one in report.owners}
    assert rates == {"Wang": (0, 1), "Li": (3, 4), None: (0, 0)}
    assert (report.whole.rate.value, report.whole.late) == (Fraction(3, 5), 1)
    assert report.whole.rate.low == pytest.approx(0.2307, abs=5e-5)
    assert [(one.id, one.status) for one in report.waiting] == [("d", "pending"), ("a3", "breached")]
    li = told(leads, users=users, owner="LI@example.com")
    assert (li.whole.leads, [one.id for one in li.waiting]) == (4, ["a3"])
    january = told(leads, users=users, period=Period(date(2025, 1, 1), date(2025, 2, 1)))
    assert (january.whole.leads, january.whole.late) == (1, 1)
    with filled(leads, users) as facts:
        found = records_of_response(facts, [default_pipeline()], ResponseRequest(AS_OF, CN, BY_RECORD))
        assert found == {"breached": ("a3", "b"), "met": ("a0", "a1", "a2"), "pending": ("d",)}
        with pytest.raises(ConfigError, match="no user Wnag") as raised:
            ask(facts, owner="Wnag")
        assert raised.value.context["nearest"] == "Wang"


def test_tiers_are_those_of_the_scores_unless_the_record_is_to_say() -> None:
    lead = Lead("a", FRIDAY, tier="A", facts={"phones": '["1"]'})
    assert only(told([lead], load_response(""))).tier == "D"
    assert only(told([lead])).tier == "A"


@pytest.mark.parametrize(
    ("text", "line"), [("within = '3 days'", 1), ("\nstart = 'latest'", 2), ("types = []", 1), ("windows = 3", 1)]
)
def test_a_slip_in_the_document_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigErrors, match=rf"response.toml:{line}"):
        load_response(text)


def moment(minute: int) -> datetime:
    return datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minute)


MOMENTS = st.integers(0, 40 * 24 * 60).map(moment)
TOUCHES = st.builds(
    Touch,
    MOMENTS,
    st.sampled_from(["call", "email", "note"]),
    st.sampled_from(["in", "out", None]),
    st.sampled_from([None, True, False]),
)
LEADS = st.builds(
    Lead,
    st.just(""),
    st.integers(0, 37 * 24 * 60).map(moment),
    st.none() | MOMENTS,
    st.sampled_from("ABCD"),
    st.sampled_from([None, "ny", "cn"]),
    st.lists(TOUCHES, max_size=3),
)
USERS = [{"id": "ny", "name": "Ann", "zone": NEW_YORK.key, "calendar": "US"}, {"id": "cn", "name": "Li"}]
CALENDARS = {"ny": calendar.named("US", zone=NEW_YORK), "cn": CN, None: CN}
RULES = [BY_RECORD, RESTART, load_response('tier = "record"\nstart = "created"')]


def check(leads: list[Lead], config: ResponseConfig, seed: int) -> None:
    for n, lead in enumerate(leads):
        lead.id = f"l{n:03}"
    report = told(leads, config, users=USERS)
    plain = {lead.id: plainly(lead, config, CALENDARS[lead.owner]) for lead in leads}
    found = {one.id: (one.status, one.started_at, one.due_at, one.left_minutes) for one in report.waiting}
    assert found == {
        id_: (one.status, one.started, one.due, one.left) for id_, one in plain.items() if not one.is_answered
    }
    for status in ("met", "breached", "pending"):
        assert report.whole.counts[status] == sum(one.status == status for one in plain.values())
    Random(seed).shuffle(leads)  # noqa: S311 - nothing secret
    assert told(leads, config, users=USERS) == report


@pytest.mark.parametrize("config", [BY_RECORD, *(pytest.param(one, marks=pytest.mark.wide) for one in RULES[1:])])
def test_sql_and_calendar_say_the_same(config: ResponseConfig) -> None:
    lot = Random(7)  # noqa: S311 - nothing secret
    leads = [
        Lead(
            "",
            moment(lot.randrange(37 * 1440)),
            lot.choice([None, moment(lot.randrange(40 * 1440))]),
            lot.choice("ABCD"),
            lot.choice([None, "ny", "cn"]),
            [
                Touch(
                    moment(lot.randrange(40 * 1440)),
                    lot.choice(["call", "email", "note"]),
                    lot.choice(["in", "out", None]),
                    lot.choice([None, True, False]),
                )
                for _ in range(lot.randrange(4))
            ],
        )
        for _ in range(60)
    ]
    check(leads, config, 1)


@pytest.mark.wide
@settings(max_examples=150, deadline=None)
@given(st.lists(LEADS, min_size=1, max_size=12), st.sampled_from(RULES), st.integers(0, 9))
def test_sql_and_calendar_say_the_same_of_any_leads(leads: list[Lead], config: ResponseConfig, seed: int) -> None:
    check(leads, config, seed)
