"""The queue: the vector by name, who comes first and why, what is left out, and a plain path beside the SQL."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from tests.services.queue_worlds import (
    NOW,
    PIPELINE,
    RULES,
    TODAY,
    Open,
    ask,
    filled,
    of,
    overdue,
    plainly,
    put,
    told,
)
from tests.services.response_worlds import CN, at, naive

from crmbridge.model.errors import ConfigErrors
from crmbridge.report.i18n import catalog
from crmbridge.report.queue import queue_listing
from crmbridge.services.cadence_document import built_in
from crmbridge.services.defaults import default_pipeline
from crmbridge.services.queue import queue, records_of_queue
from crmbridge.services.queue_report import QueueRequest, QueueRow, load_queue
from crmbridge.services.queue_values import scale
from crmbridge.services.response_report import load_response
from crmbridge.services.results import Rate, Unavailable
from crmbridge.services.scores_document import load_scores
from crmbridge.services.wants import TaskMade

Row = dict[str, object]
GV_CAD_5 = [
    Open("T1", 4, "80000", "0.6", "A", [overdue(3)]),
    Open("T2", 5, "300000", "0.8", "B", [overdue(0)]),
    Open("T3", 2, "10000", "0.2", "C", [overdue(6)]),
    Open("T4", 3, "120000", "0.4", "VIP", [overdue(1)]),
]


def rounded(p: Fraction) -> str:
    return f"{Decimal(p.numerator) / p.denominator:.2f}"


def test_gv_cad_5() -> None:
    report = told(GV_CAD_5)
    assert [(row.id, rounded(row.points.total)) for row in report.rows] == [
        ("T1", "56.67"),
        ("T2", "56.67"),
        ("T3", "49.25"),
        ("T4", "45.33"),
    ]
    first, second, *_ = report.rows
    assert first.points.total == second.points.total == Fraction(170, 3), (
        "they tie exactly: the earlier due comes first"
    )
    assert [row.overdue_days for row in report.rows] == [3, 0, 6, 1]
    assert first.points.urgency == Fraction(80, 3)
    assert [float(part) for part in (first.points.value, first.points.tier, first.points.stage)] == [6, 16, 8]
    assert {row.queue_class for row in report.rows} == {"follow_up"}
    assert [row.place for row in report.rows] == [1, 2, 3, 4]


def test_equal_rows_stand_by_the_day_then_by_the_key() -> None:
    same = [Open(name, due=[overdue(2)]) for name in ("b", "a", "c")]
    late = [Open("y", due=[overdue(8)]), Open("z", due=[overdue(9)])]
    assert [row.id for row in told([*same, *late]).rows] == ["z", "y", "a", "b", "c"]


def words(row: QueueRow, language: str) -> str:
    texts = catalog(language)
    return "; ".join(texts.message(note.template, note.params) for note in row.why)


def test_every_row_says_why_in_both_languages() -> None:
    report = told([*GV_CAD_5, Open("T5", None, "5000", None, due=[TODAY]), Open("T6", due=[TODAY + timedelta(days=3)])])
    assert words(of(report, "T1"), "en") == (
        "overdue by 3 workdays; amount times a chance of 60 % is 20 % of the greatest in the queue; "
        "tier A; stage 4 of 5"
    )
    assert (
        words(of(report, "T1"), "zh")
        == "已逾期 3 个工作日; 金额乘以 60 % 的成功概率，为队列最大值的 20 %; A 级; 第 4 阶段，共 5 阶段"
    )
    assert words(of(report, "T5"), "en") == "due today; chance not known; no tier"
    assert words(of(report, "T6"), "en") == "due on 2026-03-12; amount not known; no tier; stage 1 of 5"
    for row in report.rows:
        assert words(row, "zh") != words(row, "en")


def test_a_customer_who_waits_comes_before_a_lead_and_a_lead_before_all_else() -> None:
    with filled([*GV_CAD_5, Open("poor", 1, due=[]), Open("answered", 1), Open("missed", 1)]) as facts:
        base: Row = {"connection": "crm", "type": "email", "lifecycle": "active"}
        talk: list[Row] = [
            {"id": "1", "deal_id": "poor", "direction": "in", "started_at": naive(at("2026-03-05 10:00"))},
            {"id": "2", "deal_id": "poor", "direction": "out", "started_at": naive(at("2026-03-04 10:00"))},
            {"id": "3", "deal_id": "answered", "direction": "in", "started_at": naive(at("2026-03-05 10:00"))},
            {"id": "4", "deal_id": "answered", "direction": "out", "started_at": naive(at("2026-03-06 10:00"))},
            {
                "id": "5",
                "deal_id": "missed",
                "direction": "in",
                "type": "call",
                "started_at": naive(at("2026-03-06 17:00")),
            },
            {"id": "6", "deal_id": "T1", "direction": "in", "started_at": naive(at("2026-01-15 17:00"))},
            {
                "id": "7",
                "deal_id": "T2",
                "direction": "in",
                "started_at": naive(at("2026-03-08 17:00")),
                "automated": True,
            },
            {
                "id": "8",
                "deal_id": "T3",
                "direction": "in",
                "type": "call",
                "state": "done",
                "started_at": naive(at("2026-03-06")),
            },
        ]
        talk.append({"id": "9", "lead_id": "lead-old", "direction": "out", "started_at": naive(at("2026-03-06"))})
        put(facts, "activities", [base | row for row in talk])
        put(facts, "activities", [base | {"id": "9", "lead_ref": "another"}])
        lead = {"connection": "crm", "owner_id": "u1", "phones": '["1"]', "created_at": naive(at("2026-03-09 08:30"))}
        put(facts, "leads", [lead | {"id": f"lead-{tier}", "full_name": tier, "tier": tier} for tier in "BA"])
        report = ask(facts, response=load_response('tier = "record"'), scores=load_scores('kinds = ["deal"]'))
    assert [(row.id, row.queue_class) for row in report.rows[:4]] == [
        ("poor", "waiting"),
        ("missed", "waiting"),
        ("lead-A", "first_response"),
        ("lead-B", "first_response"),
    ]
    assert words(report.rows[0], "en").startswith("the customer has waited for an answer for 2 workdays")
    assert words(report.rows[2], "en").startswith("nobody has answered yet, and the time is over on 2026-03-09")
    assert report.rows[2].due_at == at("2026-03-09 10:00")
    assert report.counts == {"waiting": 2, "first_response": 2, "follow_up": 5}
    assert report.evidence.n == 9


def test_a_deal_that_is_over_has_no_worth_here_that_could_be_unknown() -> None:
    with filled(
        [Open("won", amount="500", facts={"stage": "won"}), Open("bare"), Open("ownerless", owner=None)]
    ) as facts:
        wrote: Row = {
            "type": "email",
            "direction": "in",
            "started_at": naive(at("2026-03-05 10:00")),
            "connection": "crm",
        }
        put(facts, "activities", [wrote | {"id": name, "deal_id": name} for name in ("won", "bare")])
        report = ask(facts)
        rows = {str(row["record"]): row for row in queue_listing(report).rows if row["section"] == "queue"}
    assert [note.code for note in of(report, "won").why] == ["WAITS"]
    assert [note.code for note in of(report, "bare").why] == ["WAITS", "NO_AMOUNT", "NO_TIER", "STAGE"]
    assert "amount" not in rows["won"]
    assert rows["bare"]["amount"] is None
    assert {note.code: note.params["n"] for note in report.evidence.warnings}["NO_AMOUNT"] == 2


def test_a_lead_of_tier_a_is_due_in_one_business_hour_and_comes_before_one_of_tier_b_in_four() -> None:
    with filled([]) as facts:
        put(facts, "activities", [{"id": "9", "connection": "crm", "lead_ref": "another", "type": "note"}])
        lead: Row = {"connection": "crm", "owner_id": "u1", "created_at": naive(NOW)}
        put(facts, "leads", [lead | {"id": tier, "subject": f"crm:{tier}", "tier": tier} for tier in "BA"])
        report = ask(facts, response=load_response('tier = "record"'))
    assert [(row.id, row.queue_class, row.due_at) for row in report.rows] == [
        ("A", "first_response", at("2026-03-09 10:00")),
        ("B", "first_response", at("2026-03-09 14:30")),
    ], "an hour, and four without the lunch"


def test_what_is_held_or_must_not_be_approached_is_left_out_and_told() -> None:
    deals = [
        Open("open", due=[TODAY]),
        Open("held", due=[TODAY], facts={"hold_until": TODAY + timedelta(days=1)}),
        Open("won", facts={"stage": "won"}),
        Open("gone", facts={"lifecycle": "deleted"}),
    ]
    with filled(deals) as facts:
        leads = [
            {"id": "x", "full_name": "x"},
            {"id": "out", "status": "disqualified"},
            {"id": "z", "phones": '["1"]', "emails": '["z@a.cn"]'},
        ]
        put(facts, "leads", leads)
        report = ask(facts)
    assert ([row.id for row in report.rows], report.held, report.untouchable) == (["open", "z"], 1, 1)
    assert [note.code for note in report.evidence.warnings] == ["NO_AMOUNT", "NO_OWNER", "ON_HOLD", "TIER_X"]


def test_what_is_not_known_counts_nothing_and_is_told() -> None:
    dollars = {"amount_currency": "USD"}
    deals = [
        Open("a", 1, "100", "0.5"),
        Open("b", 1, "900", "0.5", facts=dollars),
        Open("c", 1, "900"),
        Open("d", 1),
        Open("e", 1, "9", "60"),
    ]
    report = told(deals)
    assert {row.id: row.points.value for row in report.rows} == {"a": 30, "b": 0, "c": 0, "d": 0, "e": 0}
    codes = {note.code: note.params["n"] for note in report.evidence.warnings}
    assert codes == {"OTHER_CURRENCY": 1, "NO_AMOUNT": 1, "NO_CHANCE": 2}
    assert of(told(deals, currency="USD"), "b").points.value == 30
    assert of(told([Open("n", 1, "-5", "0.5"), Open("p", 1, "0", "0.5")]), "n").points.value == 0


def test_a_task_is_due_for_whoever_is_to_do_it() -> None:
    users = [{"id": "u1", "name": "Li"}, {"id": "u2", "name": "Wang", "email": "wang@example.com"}]
    with filled([Open("d", due=[overdue(1), overdue(3)])], users) as facts:
        task = {"status": "open", "assignee_id": "u2", "due_date": TODAY, "title": "check"}
        put(
            facts,
            "tasks",
            [
                task | {"id": "x", "subject": "crm:x", "deal_id": "d"},
                task | {"id": "y", "subject": "crm:y", "account_id": "d-acc"},
                task | {"id": "done", "subject": "crm:done", "deal_id": "d", "status": "done", "due_date": overdue(30)},
                task | {"id": "lost", "subject": "crm:lost"},
            ],
        )
        report = ask(facts)
        found = [(row.owner, row.kind, row.id, row.what, row.others) for row in report.rows]
        assert found == [
            ("Li", "deal", "d", "call 1", 1),
            ("Wang", "deal", "d", "check", 0),
            ("Wang", "account", "d-acc", "check", 0),
        ]
        wang = ask(facts, owner="WANG@example.com")
        assert [(row.place, row.id) for row in wang.rows] == [(2, "d"), (3, "d-acc")], "places are those of all"
        assert [row.place for row in ask(facts, limit=1).rows] == [1]
        found_ = records_of_queue(facts, [PIPELINE], QueueRequest(NOW, CN))
        assert found_ == {"follow_up": ("d", "d-acc")}


def test_next_steps_and_plans_are_due_too() -> None:
    deals = [
        Open("step", facts={"next_step": "send the quote", "next_step_due": overdue(2)}),
        Open("touch"),
        Open("over"),
        Open("plan"),
        Open("none"),
    ]
    touch = {
        "type": "call",
        "started_at": naive(at("2026-03-04 10:00")),
        "next_step": "visit",
        "next_step_due": date(2026, 3, 6),
    }
    later: Row = {"type": "call", "started_at": naive(at("2026-03-06 10:00"))}
    plan = {
        "type": "visit",
        "state": "planned",
        "subject_text": "visit them",
        "started_at": naive(at("2026-03-09 15:00")),
    }
    with filled(deals) as facts:
        rows: list[Row] = [
            {**touch, "id": "1", "deal_id": "touch"},
            {**touch, "id": "2", "deal_id": "over"},
            {**later, "id": "3", "deal_id": "over"},
            {**plan, "id": "4", "deal_id": "plan"},
        ]
        put(facts, "activities", rows)
        report = ask(facts)
        found = {row.id: (row.source, row.what, row.due_on) for row in report.rows}
        assert found == {
            "step": ("next_step", "send the quote", overdue(2)),
            "touch": ("next_step", "visit", date(2026, 3, 6)),
            "plan": ("planned", "visit them", TODAY),
            "over": (None, None, None),
            "none": (None, None, None),
        }
        due_only = ask(facts, load_queue("[records]\nwithout_due = false"))
        assert {row.id for row in due_only.rows} == {"step", "touch", "plan"}


def test_what_a_cadence_wants_is_due_until_its_task_stands_in_the_crm() -> None:
    pipeline = default_pipeline()
    stage = {"pipeline": pipeline.id, "stage": "negotiation"}
    request = QueueRequest(NOW, CN, cadence=built_in())
    with filled([Open("d", facts=stage)]) as facts:
        (row,) = queue(facts, [pipeline], request).rows
        assert (row.source, row.what) == (
            "cadence",
            {"en": "Call d: needs and feedback", "zh": "致电d：需求与反馈"},
        )
        assert row.overdue_days, "nobody has touched it since January"
        made = {row.key: TaskMade(row.key, "crm", "open", "t", TODAY, None)}
        task = {
            "id": "t",
            "subject": "crm:t",
            "external_key": row.key,
            "deal_id": "d",
            "title": "Call",
            "due_date": TODAY,
        }
        put(facts, "tasks", [task])
        (again,) = queue(facts, [pipeline], replace(request, made=made)).rows
        assert (again.source, again.what, again.key, again.others) == ("task", "Call", row.key, 0)
        (without,) = queue(facts, [pipeline], replace(request, cadence=None)).rows
        assert (without.source, without.others) == ("task", 0)


def test_more_than_twice_the_median_of_the_team_is_too_much() -> None:
    users = [{"id": f"u{n}", "name": f"U{n}", "org_unit_id": "o"} for n in range(1, 5)]
    counts = {"u1": 45, "u2": 20, "u3": 20, "u4": 18}
    deals = [Open(f"{owner}-{n:02}", due=[TODAY], owner=owner) for owner, many in counts.items() for n in range(many)]
    with filled(deals, users) as facts:
        put(facts, "org_units", [{"id": "o", "name": "East"}])
        loads = {one.owner_id: one for one in ask(facts, limit=1).loads}
    assert {owner: one.due for owner, one in loads.items()} == counts
    assert [owner for owner, one in loads.items() if one.is_overloaded] == ["u1"]
    first = loads["u1"]
    assert (first.median, first.team, first.deals, first.overdue) == (Fraction(20), "East", 45, 0)


DONE = {
    "type": "call",
    "state": "done",
    "started_at": naive(at("2026-03-05 10:00")),
    "content": "talked",
    "connection": "crm",
}


def test_a_touch_without_a_next_step_on_an_open_deal_is_a_finding() -> None:
    deals = [Open(name) for name in ("bare", "full", "tasked", "stepped")] + [Open("won", facts={"stage": "won"})]
    deals[2].due = [TODAY]
    deals[3].facts = {"next_step": "meet"}
    with filled(deals) as facts:
        rows = [DONE | {"id": one.id, "deal_id": one.id, "actor_id": "u1"} for one in deals]
        rows[1] |= {"next_step": "visit", "customer_feedback": "likes it"}
        rows.append(DONE | {"id": "old", "deal_id": "bare", "started_at": naive(at("2026-01-10"))})
        put(facts, "activities", rows)
        closed = {"id": "closed", "title": "Call", "deal_id": "bare", "status": "done", "assignee_id": "u1"}
        put(facts, "tasks", [closed | {"completed_at": naive(at("2026-03-06 10:00"))}])
        results = ask(facts).results
        assert [(one.kind, one.id, one.lacks) for one in results.lacking] == [
            ("task", "closed", ("content", "next_step")),
        ], "the call of the day before was followed by it"
        assert results.next_step == Rate.of(4, 5)
        assert results.feedback == Rate.of(1, 4)
        assert results.content == Rate.of(4, 5)
        strict = ask(facts, load_queue("[results]\ndeal_counts = false")).results
        assert {one.id for one in strict.lacking} == {"bare", "tasked", "stepped", "closed"}
    with filled([Open("d")]) as facts:
        put(facts, "activities", [{"id": "1", "deal_id": "d", "type": "call", "started_at": naive(at("2026-03-05"))}])
        none = ask(facts, load_queue("[results]\ndeal_counts = false")).results
        assert isinstance(none.next_step, Unavailable)
        assert none.lacking == ()


def test_what_comes_next_is_what_was_to_come_at_that_moment() -> None:
    deals = [Open(name) for name in ("done since", "made since", "planned since")]
    with filled(deals) as facts:
        put(facts, "activities", [DONE | {"id": one.id, "deal_id": one.id, "actor_id": "u1"} for one in deals])
        later = naive(at("2026-03-09 10:00"))
        task: Row = {"title": "Call", "due_date": TODAY, "assignee_id": "u1"}
        tasks = [
            task | {"id": "t1", "deal_id": "done since", "status": "done", "completed_at": later},
            task | {"id": "t2", "deal_id": "made since", "status": "open", "created_at": later},
        ]
        put(facts, "tasks", tasks)
        plan = {"id": "p", "deal_id": "planned since", "type": "visit", "state": "planned", "created_at": later}
        put(facts, "activities", [plan | {"started_at": naive(at("2026-03-12 10:00"))}])
        report = ask(facts)
    assert {one.id for one in report.results.lacking} == {"made since", "planned since"}
    assert {row.id: (row.source, row.due_on) for row in report.rows} == {
        "done since": ("task", TODAY),
        "made since": (None, None),
        "planned since": (None, None),
    }


def test_who_wrote_before_the_queue_looks_back_waits_since_then_where_a_cadence_says_so() -> None:
    pipeline = default_pipeline()
    stage = {"pipeline": pipeline.id, "stage": "negotiation"}
    request = QueueRequest(NOW, CN, config=load_queue("[waiting]\ndays = 1"), cadence=built_in())
    wrote = {"id": "1", "deal_id": "d", "type": "email", "direction": "in", "connection": "crm"}
    with filled([Open("d", facts=stage)]) as facts:
        put(facts, "activities", [wrote | {"started_at": naive(at("2026-03-05 10:00"))}])
        (row,) = queue(facts, [pipeline], request).rows
        assert (row.queue_class, row.due_on, row.due_at) == ("waiting", date(2026, 3, 5), at("2026-03-05 10:00"))
        (without,) = queue(facts, [pipeline], replace(request, cadence=None)).rows
        assert without.queue_class == "follow_up"


def test_amounts_too_great_for_whole_numbers_are_thinned() -> None:
    pipelines = [PIPELINE.model_copy(update={"id": f"p{k}", "stages": PIPELINE.stages[:k]}) for k in range(1, 6)]
    found = scale(RULES, pipelines, 2**63 - 1)
    assert found.coarse >= 1
    assert 100 * found.unit * ((2**63 - 1) * 10**6 // found.coarse) < 2**127
    assert scale(RULES, pipelines, 10**13).coarse == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("[weights]\nvalue = -1", 2), ("urgent_days = 0", 1), ("[tiers]\nA = 2", 2), ("[wait]\ndays = 3", 1)],
)
def test_a_slip_in_the_document_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigErrors, match=rf"queue.toml:{line}"):
        load_queue(text)


@pytest.mark.parametrize("seed", [11, *(pytest.param(seed, marks=pytest.mark.wide) for seed in range(10))])
def test_sql_and_fractions_say_the_same_whatever_the_order(seed: int) -> None:
    lot = Random(seed)  # noqa: S311 - nothing secret
    deals = [
        Open(
            f"d{n:02}",
            lot.choice([None, 1, 2, 3, 4, 5]),
            lot.choice([None, "100", "250.5", "7000", "7000", "-3"]),
            lot.choice([None, "0.1", "0.333333", "0.6", "1"]),
            lot.choice([None, "VIP", "A", "B", "C", "D", "Z"]),
            [lot.choice([None, TODAY + timedelta(days=lot.randrange(-20, 6))]) for _ in range(lot.randrange(3))],
        )
        for n in range(60)
    ]
    report = told(deals)
    assert [(row.id, row.points.total) for row in report.rows] == plainly(deals)
    lot.shuffle(deals)
    assert told(deals) == report
