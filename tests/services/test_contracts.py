"""Contracts: steps against their limits in workdays, clauses, what is ready, and who is asked once."""

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from tests.services.quote_worlds import PIPELINES, Row, moment, told

from crmbridge.model.calendar import named
from crmbridge.model.errors import ConfigErrors
from crmbridge.services.contracts import contracts
from crmbridge.services.contracts_document import built_in, load_contracts
from crmbridge.services.contracts_report import Contract, ContractsReport, ContractsRequest
from crmbridge.services.contracts_wants import wants_of
from crmbridge.services.wants import NoticeWanted, TaskWanted

COMPLETE = {"payment term": "complete"}


def contract(name: str = "k1", **more: Any) -> Row:
    """A contract of Acme in review, of Li; steps and clauses as JSON."""
    row: Row = {"id": name, "subject": f"crm:{name}", "number": name.upper(), "deal_id": "d1", "status": "in_review"}
    row |= {"clauses": COMPLETE} | more
    return row | {part: json.dumps(row[part]) for part in ("steps", "clauses") if row.get(part) is not None}


def ask(rows: Sequence[Row], day: str = "2026-03-06", **more: Any) -> ContractsReport:
    with told([], contracts=rows) as facts:
        asked: dict[str, Any] = {"config": built_in(), "calendar": named("CN", zone=facts.zone)} | more
        return contracts(facts, PIPELINES, ContractsRequest(moment(day), **asked))


def one(rows: Sequence[Row], day: str = "2026-03-06", **more: Any) -> Contract:
    (found,) = ask(rows, day, **more).contracts
    return found


def lacks(found: Contract) -> list[str]:
    return [str(note) for note in found.lacks]


LEGAL = [{"name": "Legal", "entered": "2026-03-02", "sla_days": 3}]


@pytest.mark.parametrize(
    ("day", "state", "over"),
    [("2026-03-02", "running", 0), ("2026-03-05", "running", 0), ("2026-03-06", "over", 1), ("2026-03-09", "over", 2)],
)
def test_a_legal_step_of_three_workdays_is_escalated_on_the_fourth(day: str, state: str, over: int) -> None:
    report = ask([contract(steps=LEGAL)], day)
    ((step,),) = [one.steps for one in report.contracts]
    assert (step.state, step.over, str(step.due), str(step.escalate_on)) == (state, over, "2026-03-05", "2026-03-06")
    tasks = wants_of(report)
    assert bool(tasks) == (state == "over")
    if tasks:
        (task,) = tasks
        assert isinstance(task, TaskWanted)
        assert (task.owner, task.kind, task.record_id, str(task.due)) == ("boss", "deal", "d1", day)
        assert task.title == f"Contract K1 of Acme waits in Legal for {over} workdays more than its limit of 3"


def test_an_escalation_keeps_its_key_from_day_to_day_and_a_new_round_has_another() -> None:
    keys = [wants_of(ask([contract(steps=LEGAL)], day))[0].key for day in ("2026-03-06", "2026-03-20")]
    assert len(set(keys)) == 1
    again = [{**LEGAL[0], "entered": "2026-03-09"}]
    assert wants_of(ask([contract(steps=again)], "2026-03-20"))[0].key not in keys


def test_holidays_and_working_weekends_count_as_the_calendar_has_them() -> None:
    steps = [{"name": "法务", "entered": "2026-02-13"}]
    found = one([contract(steps=steps)], "2026-02-25")
    assert (str(found.steps[0].due), found.steps[0].state) == ("2026-02-25", "running")
    assert one([contract(steps=steps)], "2026-02-26").steps[0].over == 1


def test_a_missing_payment_term_keeps_a_contract_from_being_ready() -> None:
    for clauses, reason in (
        ({"Payment term": "missing", "liability": "complete"}, "clause Payment term is missing"),
        ({"liability": "complete"}, "clause payment term is not in the checklist"),
        ({"付款条款": "缺失"}, "clause 付款条款 is missing"),
    ):
        for status in ("in_review", "approved", "signed"):
            found = one([contract(clauses=clauses, status=status)])
            assert (found.is_ready, lacks(found)) == (False, [reason])
    assert one([contract(clauses={"付款方式": "完整"})]).is_ready is True


def test_what_is_called_ready_and_is_not_is_told_and_asked_of_the_owner_once() -> None:
    rows = [contract(clauses={"payment term": "missing"}, status="approved")]
    report = ask(rows)
    assert [note.code for note in report.evidence.warnings] == ["CALLED_READY"]
    assert report.records() == {"called ready": ("k1",), "not ready": ("k1",)}
    (task,) = wants_of(report)
    assert isinstance(task, TaskWanted)
    assert (task.owner, task.why, task.title.endswith("lacks: payment term")) == ("li", "contract-not-ready", True)
    assert wants_of(ask(rows, "2026-03-13"))[0].key == task.key
    assert wants_of(ask([contract(clauses={"payment term": "missing"})])) == [], "in review it may lack something"


def test_an_open_step_keeps_it_from_being_ready_too() -> None:
    steps = [{"name": "legal", "entered": "2026-03-02", "done": "2026-03-04"}, {"name": "signature"}]
    found = one([contract(steps=steps)])
    assert (found.is_ready, lacks(found)) == (False, ["step signature is not done"])
    assert [step.state for step in found.steps] == ["done", "not_begun"]


def test_no_checklist_is_no_complete_one() -> None:
    report = ask([contract(clauses=None), contract("k2")])
    assert [found.is_ready for found in report.contracts] == [None, True]
    assert (report.ready.numerator, report.ready.denominator) == (1, 1)
    assert [note.code for note in report.evidence.warnings] == ["NOT_JUDGED"]


@pytest.mark.parametrize("more", [{"is_standard": False}, {"clauses": COMPLETE | {"liability": "non-standard"}}])
def test_what_is_not_standard_needs_an_approver(more: dict[str, Any]) -> None:
    report = ask([contract(**more)])
    (found,) = report.contracts
    assert (found.is_ready, lacks(found)) == (False, ["it is not standard, and nobody has approved it"])
    (task,) = wants_of(report)
    assert isinstance(task, TaskWanted)
    assert (task.owner, task.title) == ("boss", "Contract K1 of Acme is not standard: have it approved")
    approved = ask([contract(approved_by_id="boss", **more)])
    assert (approved.contracts[0].is_ready, wants_of(approved)) == (True, [])


def test_steps_are_counted_by_name_with_their_interval() -> None:
    steps = [{"name": "法务审核", "entered": "2026-03-02", "done": "2026-03-05"}]
    late = [{"name": "legal", "entered": "2026-03-02", "done": "2026-03-06"}]
    untimed = [{"name": "board", "entered": "2026-03-02"}]
    report = ask([contract(steps=steps), contract("k2", steps=late), contract("k3", steps=untimed)])
    board, legal = report.steps
    assert (legal.name, legal.kept.numerator, legal.kept.denominator) == ("legal", 1, 2)
    assert (legal.kept.low, legal.over) != (None, 1)
    assert (board.name, board.kept.value, report.contracts[2].steps[0].state) == ("board", None, "untimed")


def test_nothing_is_asked_about_what_has_ended_and_what_is_signed_waits_in_no_step() -> None:
    for status in ("ended", "cancelled"):
        assert wants_of(ask([contract(steps=LEGAL, is_standard=False, status=status)])) == []
    signed = wants_of(ask([contract(steps=LEGAL, status="signed")]))
    assert [want.why for want in signed] == ["contract-not-ready"]


def test_an_owner_whom_nobody_knows_is_not_the_owner_of_the_deal() -> None:
    known, unknown = contract(), contract("k2", owner_ref="crm:somebody")
    assert [found.owner_id for found in ask([known, unknown]).contracts] == ["li", None]
    assert [found.id for found in ask([known, unknown], owner="Li").contracts] == ["k1"]


def test_what_hangs_on_no_record_is_told_to_the_person() -> None:
    (notice,) = wants_of(ask([contract(steps=LEGAL, deal_id=None, owner_id="li")]))
    assert isinstance(notice, NoticeWanted)
    assert notice.to == "boss"


def test_parts_are_read_from_cells_too() -> None:
    found = one(
        [
            contract(
                steps="legal 2026-03-02 2026-03-05 3bd; 财务 2026-03-05",
                clauses="payment term: missing；违约责任：完整",
            )
        ]
    )
    assert [(step.key, step.limit, step.state) for step in found.steps] == [
        ("legal", 3, "done"),
        ("finance", 2, "running"),
    ]
    assert found.clauses == {"payment term": "missing", "违约责任": "complete"}
    again = one([contract(steps=json.dumps(LEGAL), clauses=json.dumps({"payment term": True}))])
    assert (again.steps[0].limit, again.clauses) == (3, {"payment term": "complete"})


@pytest.mark.parametrize(
    "more",
    [
        {"steps": "soon"},
        {"steps": 7},
        {"steps": [{"entered": "2026-03-02"}]},
        {"steps": [{"name": "legal", "entered": "tomorrow"}]},
        {"steps": [{"name": "legal", "sla_days": "three"}]},
        {"steps": [{"name": "legal", "sla_days": -1}]},
        {"steps": "[{"},
        {"clauses": "payment term"},
        {"clauses": {"payment term": "perhaps"}},
        {"clauses": 7},
    ],
)
def test_what_cannot_be_read_is_told_and_leaves_a_contract_unknown(more: dict[str, Any]) -> None:
    found = one([contract(**more)])
    assert (found.is_ready, len(found.notes)) == (None, 1)


def test_the_document_names_what_is_wrong_with_it() -> None:
    for text, match in (
        ("[steps.legal]\ndays = -1\n", "contracts.toml"),
        ('[clauses]\nprice = ["payment"]\n', "payment is a word of"),
        ("[escalations]\n", "escalation"),
    ):
        with pytest.raises(ConfigErrors, match=match):
            load_contracts(text)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [contract(f"k{n}", steps=LEGAL, status=("approved", "draft")[n % 2]) for n in range(20)]
    mixed = random.Random(2).sample(rows, len(rows))  # noqa: S311 - an order, not a secret
    first, second = ask(rows), ask(mixed)
    assert (first.contracts, first.steps, wants_of(first)) == (second.contracts, second.steps, wants_of(second))
