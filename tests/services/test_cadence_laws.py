"""The cadence against a plain path over random companies, and what must hold whatever the data."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.services.cadence_oracle import OUT, Act, Expected, Oracle, Rec, phone
from tests.services.cadence_worlds import CHINA, PIPELINES, UNSCORED, put, request
from tests.services.worlds import local

from crmbridge.facts.store import Facts
from crmbridge.services.cadence import cadence
from crmbridge.services.cadence_document import CadenceConfig, Template, load_cadence
from crmbridge.services.cadence_report import CadenceReport

TODAY = date(2026, 3, 5)
"""A Thursday; the Spring Festival is two weeks ago, two Saturdays were worked."""

STEP = '{{ channel = "{channel}", template = "needs", every = "{every}", roll = "{roll}", {more} }}'


def document(draw: random.Random) -> CadenceConfig:
    """Policies of every shape for the five stages."""
    text = f"[policies.by-tier]\nenabled = false\n[caps]\naccount_per_week = {draw.choice([1, 2, 3])}\n"
    for name, stage in (("prospect-weekly-mail", "S1"), ("first-contact", "S2"), ("negotiation-call", "S5")):
        anchor = draw.choice(["last_touch", "last_touch", "enrolment", "stage_entry", "fixed"])
        text += f'[policies.{name}]\nanchor = "{anchor}"\nfirst = "{draw.choice(["at_once", "after_interval"])}"\n'
        text += f"max_touches_without_response = {draw.choice([3, 8])}\n"
        text += "start = 2026-02-02\n" if anchor == "fixed" else ""
        kinds = '["lead", "deal"]' if stage == "S1" else '"deal"'
        text += f'applies_to = {{ object = {kinds}, stage = "{stage}" }}\n'
        steps = [step(draw, is_last=False) for _ in range(draw.choice([0, 0, 1, 2]))] + [step(draw, is_last=True)]
        text += f"steps = [{', '.join(steps)}]\n"
    text += '[policies.needs-follow-up]\nclass = "care"\nfirst = "after_interval"\n'
    return load_cadence(text)


def step(draw: random.Random, *, is_last: bool) -> str:
    repeat = is_last and draw.random() < 0.8
    every = draw.choice(["2bd", "2d", "7d", "3bd", "1bd", "10d"] if repeat else ["0d", "2bd", "5d", "1bd"])
    more = f"repeat = {str(repeat).lower()}, any_channel = {str(draw.random() < 0.2).lower()}"
    channel = draw.choice(["call", "email", "im"])
    return STEP.format(
        channel=channel, every=every, roll=draw.choice(["forward", "forward", "backward", "none"]), more=more
    )


def records(draw: random.Random) -> list[Rec]:
    found = []
    for n in range(draw.randint(8, 24)):
        kind = draw.choice(["deal", "deal", "deal", "lead"])
        stage = "S1" if kind == "lead" else f"S{draw.choice([1, 1, 2, 3, 5, 5])}"
        since = TODAY - timedelta(days=draw.randint(0, 45))
        person = draw.choice([None, draw.randrange(6), 10 + n, 10 + n])
        account = draw.choice([None, "a1", "a2"]) if kind == "deal" else None
        hold = since + timedelta(days=draw.randint(0, 60)) if kind == "deal" and draw.random() < 0.15 else None
        agreed = TODAY + timedelta(days=draw.randint(-20, 5)) if kind == "deal" and draw.random() < 0.3 else None
        found.append(Rec(kind, f"{kind}{n}", stage, since, person, account, hold, agreed))
    return found


def activities(draw: random.Random, recs: Sequence[Rec]) -> list[Act]:
    found = []
    for n in range(draw.randint(0, 4 * len(recs))):
        rec = draw.choice(recs)
        at = datetime.combine(TODAY - timedelta(days=draw.randint(0, 60)), time(9, n % 60, n // 60))
        type_ = draw.choice(["call", "call", "email", "email", "meeting", "im"])
        direction = draw.choice(["out", "out", "out", "in"]) if type_ != "meeting" else None
        outcome = {"call": "no answer", "email": "bounced"}.get(type_) if draw.random() < 0.3 else None
        where = {"deal": rec.id} if rec.kind == "deal" else {"lead": rec.id}
        person = rec.person if rec.kind == "deal" and rec.person is not None and draw.random() < 0.5 else None
        if person is not None and draw.random() < 0.3:
            where = {}
        found.append(Act(f"t{n}", at, type_, direction, outcome, where.get("deal"), where.get("lead"), person))
    return found


def filled(recs: Sequence[Rec], acts: Sequence[Act], refused: Sequence[int]) -> Facts:
    facts = Facts.in_memory(zone="Asia/Shanghai", currency="CNY")
    rows: dict[str, list[dict[str, object]]] = {
        "deals": [],
        "leads": [],
        "contacts": [],
        "activities": [],
        "accounts": [],
    }
    for rec in recs:
        row: dict[str, object] = {"id": rec.id, "subject": rec.subject, "object": rec.kind, "stage": rec.stage}
        row |= {"lifecycle": "active", "connection": "crm"}
        if rec.kind == "deal":
            row |= {"pipeline": "sales", "created_at": local(rec.since), "account_id": rec.account, "name": rec.id}
            row |= {"hold_until": rec.hold, "next_step_due": rec.next_step}
            row["contact_id"] = None if rec.person is None else f"c{rec.person}"
        else:
            row |= {"pipeline": "leads", "assigned_at": local(rec.since), "full_name": rec.id}
            row["created_at"] = local(rec.since - timedelta(days=3))
            if rec.person is not None:
                row |= {"full_name": f"P{rec.person}", "phones": f'["{phone(rec.person)}"]'}
        rows["deals" if rec.kind == "deal" else "leads"].append(row)
    for person in sorted({rec.person for rec in recs if rec.kind == "deal" and rec.person is not None}):
        rows["contacts"].append(
            {
                "id": f"c{person}",
                "subject": f"crm:c{person}",
                "object": "contact",
                "lifecycle": "active",
                "connection": "crm",
                "full_name": f"P{person}",
                "phones": f'["{phone(person)}"]',
                "do_not_contact": person in refused,
                "created_at": local("2025-01-01"),
            }
        )
    for act in acts:
        row = {"id": act.id, "subject": f"crm:{act.id}", "type": act.type, "direction": act.direction, "state": "done"}
        row |= {"outcome": act.outcome, "deal_id": act.deal, "lead_id": act.lead}
        row["started_at"] = act.at - timedelta(hours=8)
        row["contact_id"] = None if act.person is None else f"c{act.person}"
        rows["activities"].append(row)
    for table, listed in rows.items():
        put(facts, table, listed)
    return facts


def worlds(seed: int) -> tuple[CadenceConfig, list[Rec], list[Act], list[int]]:
    draw = random.Random(seed)  # noqa: S311 - a world that can be drawn again
    recs = records(draw)
    people = sorted({rec.person for rec in recs if rec.kind == "deal" and rec.person is not None})
    refused = [person for person in people if draw.random() < 0.1]
    return document(draw), recs, activities(draw, recs), refused


def told(report: CadenceReport) -> tuple[dict[str, object], dict[str, object]]:
    stands = {one.enrolment: (one.state, one.why, one.step, one.occurrence, one.touches) for one in report.enrolments}
    tasks = {
        one.external_key: (one.due_day, one.overdue_bd, one.missed) for one in report.tasks if one.policy != "answer"
    }
    return dict(stands), dict(tasks)


def wanted(found: Expected) -> tuple[dict[str, object], dict[str, object]]:
    stands = {name: (o.state, o.why, o.step, o.occurrence, o.touches) for name, o in found.stands.items()}
    return dict(stands), dict(found.tasks)


def check(seed: int) -> None:
    config, recs, acts, refused = worlds(seed)
    expected = Oracle(config, CHINA, TODAY, recs, acts, dict.fromkeys(refused, True)).run()
    report = ask(config, recs, acts, refused)
    assert told(report) == wanted(expected)
    law_of_days(report, config)
    law_of_touches(report, config, recs, acts)


def ask(config: CadenceConfig, recs: Sequence[Rec], acts: Sequence[Act], refused: Sequence[int]) -> CadenceReport:
    return cadence(filled(recs, acts, refused), PIPELINES, request(TODAY), config, UNSCORED)


def law_of_days(report: CadenceReport, config: CadenceConfig) -> None:
    """No task lies outside working days, unless its step says so, and none in quiet hours."""
    for one in report.tasks:
        rolls = one.policy == "answer" or config.policies[one.policy].steps[one.step - 1].roll != "none"
        assert CHINA.is_workday(one.due_day) or not rolls
        assert one.due_at is not None
        assert not config.quiet.span.contains(one.due_at, CHINA.zone)


def law_of_touches(report: CadenceReport, config: CadenceConfig, recs: Sequence[Rec], acts: Sequence[Act]) -> None:
    """A person has one task of sales, never too soon after what was done; a company not more than its touches."""
    sales = [one for one in report.tasks if one.policy in config.policies and is_sales(config, one.policy)]
    assert len({one.person_key for one in sales}) == len(sales)
    leads = {rec.id: rec.person for rec in recs if rec.kind == "lead"}
    for one in sales:
        at = max(one.due_day, TODAY)
        done = [a for a in acts if a.at.date() <= TODAY and a.word in OUT]
        mine = [
            a for a in done for p in {a.person, leads.get(a.lead or "")} if p is not None and phone(p) == one.person_key
        ]
        assert all((at - act.at.date()).days >= config.caps.any_channel_days for act in mine)
        assert all((at - a.at.date()).days >= config.caps.same_channel_days for a in mine if a.type == one.channel)
    weeks = Counter((one.account_id, max(one.due_day, TODAY).isocalendar()[:2]) for one in sales if one.account_id)
    assert all(count <= (config.caps.account_per_week or count) for count in weeks.values())


def is_sales(config: CadenceConfig, policy: str) -> bool:
    return config.policies[policy].policy_class == "sales"


def test_neither_the_order_of_the_records_nor_another_template_changes_a_task() -> None:
    config, recs, acts, refused = worlds(7)
    first = ask(config, recs, acts, refused)
    title = Template(title={"en": "Something else for {customer}"})
    edited = config.model_copy(update={"templates": dict.fromkeys(config.templates, title)})
    again = ask(edited, recs[::-1], acts[::-1], refused)
    assert first.tasks
    assert again.tasks == first.tasks
    assert again.enrolments == first.enrolments
    assert again.suppressed == first.suppressed


@settings(max_examples=2, deadline=None)
@given(st.integers(0, 10_000))
def test_the_queries_come_to_what_the_plain_path_comes_to(seed: int) -> None:
    check(seed)


@pytest.mark.wide
@pytest.mark.parametrize("seed", range(300))
def test_the_queries_come_to_what_the_plain_path_comes_to_in_many_worlds(seed: int) -> None:
    check(seed)
