"""Enrolments over several runs: exits, waiting, coming again, what owners did with tasks, and who is never asked."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from tests.services.cadence_worlds import Followed, by_subject, calls, company, done, kept, mails, put, replies, request
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.model.external_keys import task_key
from crmbridge.report.cadence import cadence_listing
from crmbridge.report.listing import Names
from crmbridge.services.cadence_document import load_cadence
from crmbridge.services.cadence_report import CadenceReport, Reached
from crmbridge.services.wants import TaskMade

CONFIG = load_cadence(
    """
[[pins]]
record = "crm:pinned"
policy = "prospect-weekly-mail"
[policies.prospect-weekly-mail]
max_touches_without_response = 3
[policies.first-contact]
exit = ["stage_change", "reply"]
steps = [
  { channel = "email", template = "new-product", every = "0d" },
  { channel = "email", template = "nurture", every = "7d" },
  { channel = "email", template = "care", every = "7d" },
  { channel = "call", template = "first-contact", every = "2d" },
]
[policies.needs-follow-up]
class = "care"
[[policies.quote-follow-up.steps]]
channel = "call"
template = "quote"
every = "1bd"
repeat = true
preferred = true
otherwise = { channel = "email", after = 3, template = "nurture" }
[policies.by-tier]
applies_to = { object = "lead", tier = "D" }
first = "after_interval"
"""
)
TRIED = ("2026-02-24", "2026-02-25", "2026-02-26")
AT_NIGHT = {"direction": "in", "started_at": local("2026-03-02", hour=2)}
RUNS = ("2026-03-02", "2026-03-03", "2026-03-05")
Runs = dict[str, tuple[CadenceReport, list[Reached], int]]


def contact(id_: str, phone: str = "", **more: object) -> dict[str, object]:
    phones = f'["{phone}"]' if phone else None
    return {"id": id_, "subject": f"crm:{id_}", "object": "c", "lifecycle": "active", "connection": "crm"} | {
        "full_name": id_,
        "phones": phones,
        **more,
    }


def key(deal: str, occurrence: int) -> str:
    return task_key("negotiation-call", "deal", f"crm:{deal}", enrolment=1, occurrence=occurrence)


def filled() -> Facts:
    call = calls("2026-02-26")
    deals = [
        Followed("moves", "S1", "2026-02-26", mails("2026-02-26")),
        Followed("first", "S5", "2026-02-26", call, {"contact_id": "both"}),
        Followed("second", "S1", "2026-02-26", mails("2026-02-24"), {"contact_id": "both"}),
        Followed("deleted", "S5", "2026-02-26", call),
        Followed("put", "S5", "2026-02-26", call),
        Followed("done", "S5", "2026-02-26", call),
        Followed("quiet", "S1", "2026-01-26", mails("2026-02-09", "2026-02-24", "2026-03-03")),
        Followed("steps", "S2", "2026-02-25", [*mails("2026-02-25", "2026-03-04"), *replies("2026-03-05")]),
        Followed("held", "S5", "2026-02-26", call, {"hold_until": "2026-03-31"}),
        Followed("meets", "S5", "2026-02-26", call),
        Followed("agreed", "S1", "2026-02-26", mails("2026-02-26"), {"next_step_due": "2026-03-02"}),
        Followed("refused", "S1", "2026-02-26", (), {"contact_id": "mute"}),
        Followed("never", "S1", "2026-02-26", (), {"contact_id": "gone"}),
        Followed("shy", "S5", "2026-02-26", (), {"contact_id": "shy"}),
        Followed("writes", "S4", "2026-02-27", (), {"contact_id": "writer"}),
        Followed("cared", "S3", "2026-02-27", (), {"contact_id": "dear"}),
        Followed("sold", "S1", "2026-02-28", (), {"contact_id": "dear"}),
        *(Followed(f"acme{n}", "S5", "2026-02-28", (), {"account_id": "acme"}) for n in range(5)),
        Followed("tired", "S4", "2026-02-24", [(day, "call", {"outcome": "No answer"}) for day in TRIED]),
        Followed("fond", "S4", "2026-02-27", [("2026-02-28", "im", {"direction": "out"})], {"contact_id": "chats"}),
        Followed("night", "S5", "2026-02-26", [*call, ("2026-03-02", "im", AT_NIGHT)]),
        Followed("pinned", "S1", "2026-02-26", (), {"contact_id": "pair"}),
        Followed("higher", "S5", "2026-02-26", (), {"contact_id": "pair"}),
        Followed("far", "S5", "2026-02-26", call, {"owner_id": "u1"}),
        Followed("left", "S5", "2026-02-26", call, {"owner_id": "u9"}),
    ]
    facts = company(
        deals,
        contacts=[
            contact("both", "+8613900000001"),
            contact("mute", consent='{"email": false}'),
            contact("gone", do_not_contact=True),
            contact("pair"),
            contact("chats", preferred_channel="WeChat"),
            contact("dear", "+8613900000002"),
            contact("shy", consent='{"call": false}', preferred_channel="WeChat"),
            contact("writer", consent='{"call": false, "email": false}', preferred_channel="WeChat"),
        ],
        leads=[
            contact("lead", "+8613900000003", pipeline="leads", stage="S1", assigned_at=local("2026-02-28")),
            contact("copy", "+8613900000003", pipeline="leads", stage="S1", assigned_at=local("2026-02-28"))
            | {"full_name": "lead", "connection": "other", "subject": "other:copy"},
            contact("unstaged", tier="D", assigned_at=local("2026-02-26")),
        ],
        accounts=[{"id": "acme", "subject": "crm:acme", "lifecycle": "active"}],
        users=[
            {"id": "u9", "subject": "crm:u9", "active": False},
            {"id": "u1", "subject": "crm:u1", "active": True, "zone": "America/New_York"},
        ],
    )
    meeting = done("m", "2026-03-04", "meeting", {"deal_id": "meets", "state": "planned"})
    put(facts, "activities", [meeting])
    return facts


@pytest.fixture(scope="module")
def runs() -> Runs:
    """Three days of runs, with what people did between them."""
    facts = filled()
    made: dict[str, TaskMade] = {}
    found = {RUNS[0]: kept(facts, request(RUNS[0]), CONFIG)}
    facts.query("UPDATE deals SET stage = 'S5', modified_at = ? WHERE id = 'moves'", [local(RUNS[1], hour=9)])
    event = {
        "record_id": "moves",
        "kind": "deal",
        "pipeline": "sales",
        "at": local(RUNS[1], hour=9),
        "at_precision": "exact",
    }
    put(facts, "stage_events", [{**event, "seq": 2, "from_stage": "S1", "to_stage": "S5"}])
    put(
        facts, "stage_events", [{**event, "seq": 1, "to_stage": "S1", "at": local("2026-02-26"), "at_precision": "day"}]
    )
    facts.query("UPDATE deals SET stage = 'lost', category = 'lost' WHERE id = 'first'")
    made["deleted"] = TaskMade(key("deleted", 2), "crm", "gone")
    made["put"] = TaskMade(key("put", 2), "crm", "open", due=date(2026, 3, 6))
    made["done"] = TaskMade(key("done", 2), "crm", "done", done_at=request(RUNS[0]).as_of)
    found[RUNS[1]] = kept(facts, request(RUNS[1], made=made.values()), CONFIG)
    found[RUNS[2]] = kept(facts, request(RUNS[2], made=made.values()), CONFIG)
    found["again"] = kept(facts, request(RUNS[2], made=made.values()), CONFIG)
    return found


def stands(runs: Runs, run: str, policy: str = "") -> Mapping[str, tuple[str, str | None, int]]:
    """Each enrolment of a run: state, why, which time."""
    report = runs[run][0]
    return {
        f"{one.policy}:{one.subject.partition(':')[2]}": (one.state, one.why, one.seq)
        for one in report.enrolments
        if one.policy.startswith(policy)
    }


def due(runs: Runs, run: str) -> dict[str, tuple[str, str, int]]:
    """What is due in a run, by record: policy, day and number."""
    return {one.subject.partition(":")[2]: (one.policy, str(one.due_day), one.occurrence) for one in runs[run][0].tasks}


def test_a_stage_change_ends_one_policy_and_begins_another_the_same_day(runs: Runs) -> None:
    assert stands(runs, RUNS[0])["prospect-weekly-mail:moves"] == ("active", None, 1)
    after = stands(runs, RUNS[1])
    assert after["prospect-weekly-mail:moves"] == ("exited", "stage_change", 1)
    assert after["negotiation-call:moves"] == ("active", None, 1)
    assert due(runs, RUNS[1])["moves"] == ("negotiation-call", "2026-03-03", 1), "it begins on the day of the change"


def test_a_person_is_in_one_policy_of_sales_and_the_other_goes_on_when_it_ends(runs: Runs) -> None:
    assert stands(runs, RUNS[0])["prospect-weekly-mail:second"] == ("suspended", "other_policy", 1)
    assert "second" not in due(runs, RUNS[0])
    after = stands(runs, RUNS[1])
    assert (after["negotiation-call:first"], after["prospect-weekly-mail:second"]) == (
        ("exited", "closed", 1),
        ("active", None, 1),
    )
    assert due(runs, RUNS[1])["second"] == ("prospect-weekly-mail", "2026-03-03", 1)


def test_what_is_pinned_comes_before_a_higher_stage(runs: Runs) -> None:
    found = stands(runs, RUNS[0])
    assert found["prospect-weekly-mail:pinned"] == ("active", None, 1)
    assert found["negotiation-call:higher"] == ("suspended", "other_policy", 1)


def test_where_the_owner_only_works_while_it_is_quiet_at_the_customers_the_owners_hours_count(runs: Runs) -> None:
    (one,) = [one for one in runs[RUNS[0]][0].tasks if one.subject == "crm:far"]
    assert one.due_at == datetime(2026, 2, 28, 9, tzinfo=ZoneInfo("America/New_York"))
    assert (str(one.due_day), one.is_apart) == ("2026-02-28", True)
    assert "APART" in {note.code for note in runs[RUNS[0]][0].evidence.warnings}


def test_a_lead_and_its_copy_in_another_system_get_one_mail(runs: Runs) -> None:
    report = runs[RUNS[0]][0]
    assert [one.subject for one in report.tasks if one.policy == "prospect-weekly-mail" and one.kind == "lead"] == [
        "crm:lead"
    ]
    held = [(one.subject, one.reason, one.blocked_by) for one in report.suppressed if one.kind == "lead"]
    assert held == [("other:copy", "FREQUENCY_CAP", "prospect-weekly-mail|crm:lead")]


def test_what_waits_for_another_policy_names_it_and_programs_get_the_id(runs: Runs) -> None:
    rows = cadence_listing(runs[RUNS[0]][0], CONFIG).rows
    (row,) = [row for row in rows if row["section"] == "suppressed" and row["subject"] == "other:copy"]
    assert isinstance(row["waits_for"], Names)
    assert row["waits_for"].in_language("en") == "Weekly mail to prospects"
    assert row["waits_for"].in_language("zh") == "潜在客户每周邮件"
    assert row["blocked_by"] == "prospect-weekly-mail|crm:lead"


def test_a_deleted_task_is_passed_over_and_the_next_one_has_its_own_number(runs: Runs) -> None:
    assert due(runs, RUNS[0])["deleted"] == ("negotiation-call", "2026-02-28", 2)
    assert "deleted" not in due(runs, RUNS[1])
    assert due(runs, RUNS[2])["deleted"] == ("negotiation-call", "2026-03-05", 4)


def test_a_task_that_was_put_to_another_day_stays_there(runs: Runs) -> None:
    assert due(runs, RUNS[2])["put"] == ("negotiation-call", "2026-03-06", 2)
    (one,) = [one for one in runs[RUNS[2]][0].tasks if one.subject == "crm:put"]
    assert (one.reasons[-1], one.overdue_bd) == ("RESCHEDULED", 0)


def test_a_task_that_is_done_completes_its_step(runs: Runs) -> None:
    assert due(runs, RUNS[1])["done"] == ("negotiation-call", "2026-03-04", 3)


def test_whoever_never_answers_is_given_up_and_nurtured(runs: Runs) -> None:
    assert stands(runs, RUNS[1])["prospect-weekly-mail:quiet"] == ("exited", "exhausted", 1)
    after = stands(runs, RUNS[2])
    assert after["nurture:quiet"] == ("active", None, 1)
    assert "prospect-weekly-mail:quiet" not in after


def test_a_reply_ends_a_policy_that_says_so_and_wants_an_answer(runs: Runs) -> None:
    report = runs[RUNS[1]][0]
    (mail,) = [one for one in report.tasks if one.subject == "crm:steps"]
    assert (mail.step, mail.occurrence, mail.template, str(mail.due_day)) == (2, 2, "nurture", "2026-03-04")
    assert stands(runs, RUNS[2])["first-contact:steps"] == ("exited", "replied", 1)
    assert due(runs, RUNS[2])["steps"] == ("answer", "2026-03-06", 1)


def test_a_hold_a_planned_meeting_and_an_agreed_next_step(runs: Runs) -> None:
    found = stands(runs, RUNS[0])
    assert found["negotiation-call:held"] == ("paused", "hold", 1)
    assert found["negotiation-call:meets"] == ("paused", "meeting", 1)
    assert str(by_subject(runs[RUNS[0]][0])["meets"].due_day) == "2026-03-05"
    assert due(runs, RUNS[0])["agreed"] == ("prospect-weekly-mail", "2026-03-02", 2)


def test_a_chat_at_two_in_the_night_pauses_what_sales_would_do(runs: Runs) -> None:
    assert stands(runs, RUNS[0])["negotiation-call:night"] == ("paused", "reply", 1)
    assert due(runs, RUNS[0])["night"] == ("answer", "2026-03-03", 1)


def test_who_does_not_answer_is_tried_by_another_channel_and_a_preference_is_respected(runs: Runs) -> None:
    tasks = {one.subject: one for one in runs[RUNS[0]][0].tasks}
    tired, fond = tasks["crm:tired"], tasks["crm:fond"]
    assert (tired.channel, tired.template, tired.occurrence) == ("email", "nurture", 4)
    assert (fond.channel, fond.template, fond.occurrence) == ("im", "quote", 3)


def test_a_lead_in_no_stage_is_followed_up_as_often_as_its_tier_says(runs: Runs) -> None:
    (one,) = [one for one in runs[RUNS[0]][0].enrolments if one.subject == "crm:unstaged"]
    assert (one.policy, str(one.due_day)) == ("by-tier", "2026-03-30"), "30 days, and a weekend"


def test_nobody_is_asked_who_does_not_want_it_and_nothing_is_asked_of_who_has_gone(runs: Runs) -> None:
    report = runs[RUNS[0]][0]
    assert not {"refused", "never", "left"} & due(runs, RUNS[0]).keys()
    assert not [one for one in report.enrolments if one.subject in {"crm:refused", "crm:never", "crm:left"}]
    counted = {note.code: note.params["n"] for note in report.evidence.warnings}
    assert (counted["OWNER_GONE"], counted["OPTED_OUT"]) == (1, 3)


def test_nobody_says_never_touched_where_the_source_tells_of_no_touches(runs: Runs) -> None:
    def said(word: str, *, by: str) -> set[str]:
        facts = filled()
        facts.query("UPDATE deals SET connection = 'crm'", [])
        facts.query("UPDATE activities SET connection = ?", [by])
        report, _, _ = kept(facts, request(RUNS[0]), CONFIG)
        return {one.subject for one in report.tasks if word in one.reasons}

    assert said("NOT_TOLD", by="crm") == {"crm:lead"}, "no activity there can be about a lead"
    assert said("NEVER_TOUCHED", by="crm") >= {"crm:cared", "crm:sold"}
    assert said("NOT_TOLD", by="other") == said("NEVER_TOUCHED", by="crm") | {"crm:lead"}
    assert said("NEVER_TOUCHED", by="other") == set()


def test_who_wants_none_of_a_policys_channels_is_said_to_be_held_back_and_why(runs: Runs) -> None:
    for report in (runs[day][0] for day in RUNS):
        held = {
            (one.subject, one.policy, one.channel, one.wanted_day)
            for one in report.suppressed
            if one.reason == "OPTED_OUT"
        }
        assert held == {
            ("crm:refused", "prospect-weekly-mail", "email", None),
            ("crm:never", "prospect-weekly-mail", "email", None),
            ("crm:shy", "negotiation-call", "call", None),
        }


def test_who_wants_no_calls_is_reached_as_he_prefers_where_a_step_allows_it(runs: Runs) -> None:
    (one,) = [one for one in runs[RUNS[0]][0].tasks if one.subject == "crm:writes"]
    assert (one.policy, one.channel) == ("quote-follow-up", "im")


def test_a_touch_of_sales_makes_way_for_one_of_care(runs: Runs) -> None:
    found = due(runs, RUNS[0])
    assert found["cared"] == ("needs-follow-up", "2026-02-27", 1)
    assert found["sold"] == ("prospect-weekly-mail", "2026-03-03", 1)
    assert ("crm:sold", "CARE_DAY") in {(one.subject, one.reason) for one in runs[RUNS[0]][0].suppressed}


def test_a_company_has_three_touches_a_week(runs: Runs) -> None:
    report = runs[RUNS[0]][0]
    assert sum(one.account_id == "acme" for one in report.tasks) == 3
    held = [(one.reason, str(one.until_day)) for one in report.suppressed if one.subject.startswith("crm:acme")]
    assert held == [("FREQUENCY_CAP", "2026-03-09")] * 2


def test_a_run_that_is_repeated_leaves_nothing_to_remember(runs: Runs) -> None:
    assert (runs["again"][1], runs["again"][2]) == (runs[RUNS[2]][1], 0)
    assert runs["again"][0].tasks == runs[RUNS[2]][0].tasks
