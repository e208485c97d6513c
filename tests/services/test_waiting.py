"""Who waits for an answer: by person, in whatever state the deal is, until somebody answered or the task was done."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from tests.services.response_worlds import at, naive
from tests.services.worlds import Deal, company, six_stages

from crmbridge.services.cadence_document import built_in
from crmbridge.services.waiting import WaitingRules, write_waiting
from crmbridge.services.wants import TaskMade
from crmbridge.services.world import World

NOW = at("2026-03-10 09:00")
PERSON = "+8613800000001"
Row = Mapping[str, object]


def said(key: str, moment: str, direction: str = "in", **more: object) -> dict[str, object]:
    names = ("deal_id", "contact_id", "lead_id", "account_id", "outcome", "automated")
    head = {"id": key, "subject": f"crm:{key}", "type": "email", "state": "done", "direction": direction}
    return {**head, **dict.fromkeys(names), "started_at": naive(at(moment)), **more}


def waiting(
    talk: Sequence[Row], made: Mapping[str, TaskMade] | None = None, *, stage: str = "S4"
) -> dict[str, tuple[str, str, str]]:
    """By person: kind and id of the record by which to answer, and the key of the task."""
    facts = company(
        [Deal("D1", [("S1", "2026-01-05"), (stage, "2026-02-01")], facts={"contact_id": "C1", "subject": "crm:D1"})]
    )
    person = {"lifecycle": "active", "phones": f'["{PERSON}"]'}
    facts.insert("contacts", [{"id": "C1", "subject": "crm:C1", **person}])
    facts.insert("leads", [{"id": "L1", "subject": "crm:L1", **person}])
    facts.insert("activities", list(talk))
    world = World(facts, [six_stages()], cut=NOW)
    world.run("lead_states", owners=None)
    rules = WaitingRules(("email", "im", "sms", "form"), NOW - timedelta(days=30), built_in().outcomes)
    write_waiting(world, rules, made or {}, NOW)
    rows = world.sql("SELECT person_key, kind, id, key FROM svc_waiting ORDER BY person_key")
    return {person: (kind, id_, key) for person, kind, id_, key in rows}


def test_a_lead_and_the_contact_of_a_deal_with_one_phone_wait_once() -> None:
    talk = [said("1", "2026-03-05 10:00", deal_id="D1", contact_id="C1"), said("2", "2026-03-06 10:00", lead_id="L1")]
    found = waiting(talk)
    assert list(found) == [PERSON]
    assert found[PERSON][:2] == ("deal", "D1")


def test_who_was_answered_by_way_of_another_record_waits_no_more() -> None:
    talk = [said("1", "2026-03-05 10:00", lead_id="L1"), said("2", "2026-03-06 10:00", "out", contact_id="C1")]
    assert waiting(talk) == {}


def test_a_customer_of_a_won_deal_who_writes_waits() -> None:
    found = waiting([said("1", "2026-03-05 10:00", deal_id="D1", contact_id="C1")], stage="won")
    assert found[PERSON][:2] == ("deal", "D1")


def test_a_task_to_answer_that_is_done_is_an_answer() -> None:
    talk = [said("1", "2026-03-05 10:00", deal_id="D1", contact_id="C1")]
    key = waiting(talk)[PERSON][2]
    done = TaskMade(key, "crm", "done", "T1", None, at("2026-03-06 12:00"))
    assert waiting(talk, {key: done}) == {}
    later = [*talk, said("2", "2026-03-07 10:00", contact_id="C1")]
    assert list(waiting(later, {key: done})) == [PERSON], "what came after it waits again"
    not_yet = TaskMade(key, "crm", "done", "T1", None, at("2026-03-12 12:00"))
    assert list(waiting(talk, {key: not_yet})) == [PERSON], "at that moment it was open"


def test_an_attempt_that_reached_nobody_is_no_answer() -> None:
    talk = [
        said("1", "2026-03-05 10:00", contact_id="C1"),
        said("2", "2026-03-06 10:00", "out", contact_id="C1", type="call", outcome="No answer"),
        said("3", "2026-03-06 11:00", "out", contact_id="C1", automated=True),
    ]
    assert list(waiting(talk)) == [PERSON]
    assert (
        waiting([*talk, said("4", "2026-03-07 10:00", "out", contact_id="C1", type="call", outcome="connected")]) == {}
    )


def test_who_wrote_long_ago_waits_no_more() -> None:
    assert waiting([said("1", "2026-01-05 10:00", contact_id="C1")]) == {}
